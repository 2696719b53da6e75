//! A strict little XML parser: anything that is not well-formed is an error with its place. Enough for documents without
//! a DTD and processing instructions.

/// An element.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
    /// All its texts, one behind the other.
    pub text: String,
}

impl Node {
    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text below that path.
    pub fn at(&self, path: &str) -> Option<&str> {
        path.split('/').try_fold(self, |node, name| node.child(name)).map(|node| node.text.as_str())
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Its elements without what they hold: `link(state speed download(packets(now total)))`.
    pub fn shape(&self, leave_out: &[&str]) -> String {
        let kept = self.children.iter().filter(|child| !leave_out.contains(&child.name.as_str()));
        let children: Vec<String> = kept.map(|child| child.shape(leave_out)).collect();
        match children.is_empty() {
            true => self.name.clone(),
            false => format!("{}({})", self.name, children.join(" ")),
        }
    }
}

/// The root element.
pub fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser { text, at: 0 };
    if parser.accept("<?xml ") {
        let declaration = parser.until("?>")?;
        if !declaration.starts_with("version=\"1.0\"") {
            return Err(format!("declaration {declaration}"));
        }
    }
    let root = parser.element()?;
    if parser.at != text.len() {
        return Err(format!("something behind the root: {:?}", parser.rest()));
    }
    if let Some(c) =
        text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{7f}'..='\u{9f}'))
    {
        return Err(format!("forbidden character {c:?}"));
    }
    Ok(root)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fail<T>(&self, what: &str) -> Result<T, String> {
        let near: String = self.rest().chars().take(40).collect();
        Err(format!("{what} at byte {}: {near:?}", self.at))
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.accept(token) { Ok(()) } else { self.fail(&format!("no {token}")) }
    }

    fn until(&mut self, end: &str) -> Result<&'a str, String> {
        let Some(length) = self.rest().find(end) else { return self.fail(&format!("no {end}")) };
        let found = &self.rest()[..length];
        self.at += length + end.len();
        Ok(found)
    }

    fn name(&mut self) -> Result<String, String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && !"_-.:".contains(c)).unwrap_or(rest.len());
        if end == 0 || rest.starts_with(|c: char| c.is_ascii_digit() || "-.".contains(c)) {
            return self.fail("no name");
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn element(&mut self) -> Result<Node, String> {
        self.expect("<")?;
        let mut node = Node { name: self.name()?, ..Node::default() };
        while self.accept(" ") {
            let key = self.name()?;
            self.expect("=\"")?;
            let value = self.until("\"")?;
            if value.contains('<') || node.attribute(&key).is_some() {
                return self.fail("a bad attribute before");
            }
            node.attributes.push((key, resolve(value)?));
        }
        if self.accept("/>") {
            return Ok(node);
        }
        self.expect(">")?;
        loop {
            if self.accept("<![CDATA[") {
                node.text.push_str(self.until("]]>")?);
            } else if self.accept("</") {
                let name = self.name()?;
                if name != node.name {
                    return self.fail(&format!("<{}> is closed as {name}", node.name));
                }
                self.expect(">")?;
                return Ok(node);
            } else if self.rest().starts_with('<') {
                node.children.push(self.element()?);
            } else {
                let Some(length) = self.rest().find('<') else { return self.fail("the end is missing") };
                let text = &self.rest()[..length];
                if text.contains("]]>") {
                    return self.fail("]]> in a text");
                }
                node.text.push_str(&resolve(text)?);
                self.at += length;
            }
        }
    }
}

/// Entities and character references.
fn resolve(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, behind) = behind.split_once(';').ok_or_else(|| format!("a bare & in {text:?}"))?;
        out.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => entity
                .strip_prefix('#')
                .and_then(|number| number.parse().ok())
                .and_then(char::from_u32)
                .ok_or_else(|| format!("unknown entity {entity}"))?,
        });
        rest = behind;
    }
    Ok(out + rest)
}
