//! What shells need to complete a command line, from the program's help.

use super::Entry;

/// What `report` counts.
const REPORTS: &str = "up down initialising unmonitored total";

/// Actions that take the name of a service.
fn takes_service(entry: &Entry) -> bool {
    entry.usage.contains("name")
}

/// Values that are files.
fn is_file(entry: &Entry) -> bool {
    entry.value().is_some_and(|value| value.contains("file"))
}

fn services(list: &[Entry], separator: &str) -> String {
    list.iter().filter(|e| takes_service(e)).map(Entry::action).collect::<Vec<_>>().join(separator)
}

fn names(options: &[Entry], wanted: impl Fn(&Entry) -> bool) -> Vec<&str> {
    let mine = options.iter().filter(|entry| wanted(entry));
    mine.flat_map(|entry| entry.short().into_iter().chain([entry.long()])).collect()
}

pub fn bash(options: &[Entry], actions: &[Entry]) -> String {
    let files = names(options, is_file).join("|");
    let others = names(options, |e| e.value().is_some() && !is_file(e)).join("|");
    let all = names(options, |_| true).join(" ");
    let words: Vec<&str> = actions.iter().map(Entry::action).collect();
    format!(
        r#"# bash completion of monit. Made by tests/man_pages.rs from what the program says.
_monit() {{
	local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} IFS=$' \t\n'
	COMPREPLY=()
	case $before in
	{files})
		COMPREPLY=($(compgen -f -- "$word"))
		return
		;;
	{others})
		return
		;;
	{services})
		COMPREPLY=($(compgen -W "all $(monit -B summary 2>/dev/null | sed '1,2d; s/^ *//; s/  .*//')" -- "$word"))
		return
		;;
	report)
		COMPREPLY=($(compgen -W "{REPORTS}" -- "$word"))
		return
		;;
	esac
	case $word in
	-*) COMPREPLY=($(compgen -W "{all}" -- "$word")) ;;
	*) COMPREPLY=($(compgen -W "{words}" -- "$word")) ;;
	esac
}}
complete -F _monit monit
"#,
        services = services(actions, "|"),
        words = words.join(" "),
    )
}

/// Text between single quotes, in descriptions of zsh and fish.
fn quoted(text: &str) -> String {
    text.replace('\'', "").replace([':', '[', ']'], "")
}

pub fn zsh(options: &[Entry], actions: &[Entry]) -> String {
    let mut out = String::from(
        "#compdef monit\n# Made by tests/man_pages.rs from what the program says.\n\n_monit_services() {\n\tlocal -a names\n\t\
         names=(all ${(f)\"$(monit -B summary 2>/dev/null | sed '1,2d; s/^ *//; s/  .*//')\"})\n\t_describe service names\n}\n\n\
         _monit_actions() {\n\tlocal -a actions\n\tactions=(\n",
    );
    for entry in actions {
        out += &format!("\t\t'{}:{}'\n", entry.action(), quoted(&entry.text));
    }
    out += "\t)\n\t_describe action actions\n}\n\nlocal state\n_arguments \\\n";
    for entry in options {
        let value = match entry.value() {
            Some(value) if is_file(entry) => format!(":{}:_files", quoted(value)),
            Some(value) => format!(":{}:", quoted(value)),
            None => String::new(),
        };
        let text = quoted(&entry.text);
        match entry.short() {
            Some(short) => out += &format!("\t{{{short},{}}}'[{text}]{value}' \\\n", entry.long()),
            None => out += &format!("\t'{}[{text}]' \\\n", entry.long()),
        }
    }
    out += "\t'1:action:_monit_actions' \\\n\t'2:name:->name'\n\ncase $state in\nname)\n\tcase $words[CURRENT-1] in\n";
    out += &format!(
        "\t{}) _monit_services ;;\n\treport) compadd {REPORTS} ;;\n\tesac\n\t;;\nesac\n",
        services(actions, "|")
    );
    out
}

pub fn fish(options: &[Entry], actions: &[Entry]) -> String {
    let words: Vec<&str> = actions.iter().map(Entry::action).collect();
    let mut out = format!(
        "# fish completion of monit. Made by tests/man_pages.rs from what the program says.\n\
         set -l actions {}\ncomplete -c monit -f\n",
        words.join(" ")
    );
    for entry in options {
        let short = entry.short().map(|s| format!(" -s {}", &s[1..])).unwrap_or_default();
        let value = if is_file(entry) {
            " -r -F"
        } else if entry.value().is_some() {
            " -x"
        } else {
            ""
        };
        out += &format!(
            "complete -c monit{short} -l {}{value} -d '{}'\n",
            &entry.long()[2..],
            quoted(&entry.text)
        );
    }
    for entry in actions {
        out += &format!(
            "complete -c monit -n \"not __fish_seen_subcommand_from $actions\" -a {} -d '{}'\n",
            entry.action(),
            quoted(&entry.text)
        );
    }
    out += &format!(
        "complete -c monit -n \"__fish_seen_subcommand_from {}\" \
         -a \"all (monit -B summary 2>/dev/null | sed '1,2d; s/^ *//; s/  .*//')\"\n",
        services(actions, " ")
    );
    out + &format!("complete -c monit -n \"__fish_seen_subcommand_from report\" -a \"{REPORTS}\"\n")
}
