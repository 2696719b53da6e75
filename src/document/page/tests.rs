use super::frame::link;
use super::*;

#[test]
fn no_text_leaves_its_place() {
    let mut out = String::new();
    escape(&mut out, "<script>'\"&\u{1b}\n");
    assert_eq!(out, "&lt;script&gt;&#39;&quot;&amp;\u{fffd}\n");
    out.clear();
    link(&mut out, "javascript:a/b<ü");
    assert_eq!(out, "<a href=\"./javascript%3Aa%2Fb%3C%C3%BC\">javascript:a/b&lt;ü</a>");
    assert!(log("</pre><script>", Renewal::Never).contains("&lt;/pre&gt;&lt;script&gt;</pre>"));
}

#[test]
fn nothing_comes_from_elsewhere() {
    let page = log("", Renewal::Paused);
    for text in [&*page, STYLE] {
        assert!(!text.contains("//") && !text.contains("<script") && !text.contains("@import"), "{text}");
    }
}
