//! Finds the languages of the page: each folder `locales/TAG` with a `page.ftl` is one, so that another needs no code.
//!
//! What must be known before a page is rendered (what a language is called, which browsers want it) stands in its
//! file too, and is read from there.

use std::{env, error::Error, fmt::Write, fs, path::Path};

/// The file of a language's page.
const PAGE: &str = "page.ftl";
/// The file of what `sekisho init` asks, which a language may lack.
const INIT: &str = "init.ftl";
/// The file of the page about the root certificate, which a language may lack.
const CERTIFICATE: &str = "certificate.ftl";

fn main() -> Result<(), Box<dyn Error>> {
    let locales = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("locales");
    println!("cargo::rerun-if-changed=locales");
    println!("cargo::rerun-if-changed=build.rs");
    let mut tags: Vec<String> = Vec::new();
    for entry in fs::read_dir(&locales)? {
        let folder = entry?.path();
        if let (true, Some(tag)) = (folder.join(PAGE).is_file(), folder.file_name()) {
            tags.push(tag.to_string_lossy().into_owned());
        }
    }
    tags.sort();
    let mut code = format!("pub(super) static KNOWN: [Known; {}] = [\n", tags.len());
    for tag in &tags {
        let folder = locales.join(tag);
        writeln!(code, "{},", known(tag, &folder)?)?;
    }
    code.push_str("];\n");
    for (constant, tag) in [("EN", "en"), ("JA", "ja")] {
        let at =
            tags.iter().position(|known| known == tag).ok_or(format!("there is no locales/{tag}/{PAGE}"))?;
        writeln!(code, "pub(super) const {constant}: u8 = {at};")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("languages.rs"), code)?;
    Ok(())
}

/// A language as a value of the type `Known` of `src/sinkhole/language.rs`.
fn known(tag: &str, folder: &Path) -> Result<String, Box<dyn Error>> {
    let page = folder.join(PAGE);
    let text = fs::read_to_string(&page)?;
    let value = |id: &str| {
        let begins = format!("{id} = ");
        let line = text.lines().find_map(|line| line.strip_prefix(&begins));
        line.map(str::trim).ok_or(format!("{} does not say {id}", page.display()))
    };
    let accepts: Vec<&str> = value("language-accepts")?.split_whitespace().collect();
    let written =
        |path: &Path| path.to_str().map(str::to_owned).ok_or(format!("{} is no text", path.display()));
    let optional = |file: &str| -> Result<String, String> {
        let path = folder.join(file);
        Ok(if path.is_file() {
            format!("Some(include_str!({:?}))", written(&path)?)
        } else {
            "None".to_owned()
        })
    };
    Ok(format!(
        "Known {{ tag: {tag:?}, name: {:?}, html: {:?}, accepts: &{accepts:?}, page: include_str!({:?}), init: {}, certificate: {} }}",
        value("language-name")?,
        value("language-html")?,
        written(&page)?,
        optional(INIT)?,
        optional(CERTIFICATE)?,
    ))
}
