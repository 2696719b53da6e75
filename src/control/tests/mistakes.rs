//! Exactly what is printed: for each mistake that people make (`mistakes.txt`), for each kind of finding
//! (`faults.txt`), and what `monit lint` says of files that are right (`advice.txt`).
//!
//! A case is `--- name`, the control file, `===`, what is printed. With `UPDATE_EXPECT=1` the last part is written anew.

use super::*;
use crate::control::outside::Live;

fn compare(name: &str, printed: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/control/tests").join(name);
    let old = std::fs::read_to_string(&path).expect("the table");
    let mut new = String::new();
    for case in old.split("--- ").filter(|case| !case.is_empty()) {
        let (title, rest) = case.split_once('\n').expect("a control file");
        let (text, _) = rest.split_once("\n===\n").expect("a line of equals signs");
        new += &format!("--- {title}\n{text}\n===\n{}", printed(text));
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, new).expect("the table");
    } else {
        assert_eq!(old, new, "run the tests with UPDATE_EXPECT=1 and look at the difference");
    }
}

#[test]
fn every_mistake_is_explained() {
    compare("mistakes.txt", messages);
}

#[test]
fn every_kind_of_finding_has_its_words() {
    compare("faults.txt", messages);
}

#[test]
fn every_piece_of_advice_is_given_where_it_is_due_and_nowhere_else() {
    compare("advice.txt", |text| {
        let loaded = parse(text);
        let Some(config) = &loaded.config else { panic!("{text}\n{}", rendered(&loaded.diagnostics)) };
        rendered(&loaded.diagnostics) + &rendered(&lint::advise(config, &Live))
    });
}
