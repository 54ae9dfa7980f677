//! The five questions, in their order.

use std::{
    fs,
    io::{self, BufRead, Write},
    path::PathBuf,
};

use super::{
    Refusal, Surroundings,
    answers::{self, Answers, Serving, Upstream, Wrong, choice},
    dialogue::Dialogue,
    list_of,
};
use crate::{config::Profile, sinkhole::Operator};

/// Asks them all.
pub(super) fn ask<R: BufRead, W: Write>(
    dialogue: &mut Dialogue<'_, R, W>,
    surroundings: &Surroundings,
) -> Result<Answers, Refusal> {
    let profile = profile(dialogue)?;
    Ok(Answers {
        profile,
        serving: serving(dialogue, surroundings, profile)?,
        upstream: upstream(dialogue)?,
        list: list(dialogue, profile)?,
        operator: operator(dialogue)?,
    })
}

fn profile<R: BufRead, W: Write>(dialogue: &mut Dialogue<'_, R, W>) -> Result<Profile, Refusal> {
    open(dialogue, "ask-profile", &[])?;
    let prompt = dialogue.texts().fill("prompt-default", &[("default", "1")])?;
    dialogue.ask(&prompt, answers::profile)
}

fn serving<R: BufRead, W: Write>(
    dialogue: &mut Dialogue<'_, R, W>,
    surroundings: &Surroundings,
    profile: Profile,
) -> Result<Serving, Refusal> {
    let texts = dialogue.texts();
    let addresses = match list_of(&surroundings.addresses) {
        list if list.is_empty() => texts.say("addresses-none")?,
        list => texts.fill("addresses-found", &[("list", &list)])?,
    };
    open(dialogue, "ask-serving", &[("addresses", &addresses)])?;
    let prompt = texts.fill("prompt-default", &[("default", "1")])?;
    if dialogue.ask(&prompt, |text| choice(text, 2))? == 1 {
        return Ok(Serving::ThisMachine);
    }
    if profile != Profile::Isp {
        return Ok(Serving::Network { networks: Vec::new() });
    }
    dialogue.tell(&texts.say("ask-networks")?)?;
    let networks = dialogue.ask(&texts.say("prompt-networks")?, answers::networks)?;
    Ok(Serving::Network { networks })
}

fn upstream<R: BufRead, W: Write>(dialogue: &mut Dialogue<'_, R, W>) -> Result<Upstream, Refusal> {
    open(dialogue, "ask-upstream", &[])?;
    let texts = dialogue.texts();
    let prompt = texts.fill("prompt-default", &[("default", "1")])?;
    match dialogue.ask(&prompt, |text| choice(text, 3))? {
        1 => Ok(Upstream::System),
        2 => Ok(Upstream::public()),
        _ => {
            dialogue.tell(&texts.say("ask-servers")?)?;
            dialogue.ask(&texts.say("prompt-must")?, Upstream::read)
        }
    }
}

fn list<R: BufRead, W: Write>(
    dialogue: &mut Dialogue<'_, R, W>,
    profile: Profile,
) -> Result<Option<PathBuf>, Refusal> {
    // Only a home has lists without naming any: a school or a provider has to read their terms first.
    let (question, prompt) = if profile == Profile::Home {
        ("ask-list-home", "prompt-lists")
    } else {
        ("ask-list", "prompt-none")
    };
    open(dialogue, question, &[])?;
    let prompt = dialogue.texts().say(prompt)?;
    dialogue.ask(&prompt, |text| if text.is_empty() { Ok(None) } else { list_at(text).map(Some) })
}

/// The path of a list that is there, or of a folder that is to be made. Whole, since the server may be started in
/// another folder than this.
fn list_at(text: &str) -> Result<PathBuf, Wrong> {
    let wrong = || Wrong::new("wrong-path", text);
    // The shell's word for one's own folder; there is no shell here.
    let home =
        text.strip_prefix("~/").and_then(|rest| Some(PathBuf::from(std::env::var_os("HOME")?).join(rest)));
    let path = std::path::absolute(home.unwrap_or_else(|| text.into())).map_err(|_| wrong())?;
    // The file is text.
    path.to_str().ok_or_else(wrong)?;
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => fs::read_dir(&path).map(|_| path.clone()).map_err(|_| wrong()),
        Ok(metadata) if metadata.is_file() => {
            fs::File::open(&path).map(|_| path.clone()).map_err(|_| wrong())
        }
        Ok(_) => Err(Wrong::new("wrong-kind", text)),
        // Nothing above it is something else than a folder: that would be another error.
        Err(error) if text.ends_with('/') && error.kind() == io::ErrorKind::NotFound => Ok(path),
        Err(_) => Err(wrong()),
    }
}

fn operator<R: BufRead, W: Write>(dialogue: &mut Dialogue<'_, R, W>) -> Result<Operator, Refusal> {
    open(dialogue, "ask-operator", &[])?;
    let prompt = dialogue.texts().say("prompt-none")?;
    dialogue.ask(&prompt, |text| Ok(answers::operator(text)))
}

/// A question, with a line of space before it.
fn open<R: BufRead, W: Write>(
    dialogue: &mut Dialogue<'_, R, W>,
    id: &str,
    filling: &[(&str, &str)],
) -> Result<(), Refusal> {
    let question = dialogue.texts().fill(id, filling)?;
    dialogue.tell(&format!("\n{question}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_list_is_there_or_is_a_folder_to_be_made() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(at("names.txt"), "fake-support.example\n").unwrap();
        assert_eq!(list_at(&at("names.txt")).unwrap(), Path::new(&at("names.txt")));
        assert_eq!(list_at(&at("")).unwrap(), folder.path());
        assert_eq!(list_at(&at("new/lists/")).unwrap(), Path::new(&at("new/lists/")));
        assert!(list_at("Cargo.toml").unwrap().is_absolute());
        for (name, id) in
            [("nothing.txt", "wrong-path"), ("names.txt/", "wrong-path"), ("names.txt/new/", "wrong-path")]
        {
            assert_eq!(list_at(&at(name)).unwrap_err().id, id, "{name}");
        }
        if cfg!(target_os = "linux") {
            assert_eq!(list_at("/dev/null").unwrap_err().id, "wrong-kind");
        }
        assert!(!Path::new(&at("new")).exists(), "asking makes nothing");
    }
}
