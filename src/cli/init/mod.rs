//! `sekisho init`: five questions, and a commented `sekisho.toml` that does what was answered.
//!
//! ```text
//! target (is the place free?) ─▶ questions ─▶ answers ─▶ starter (the text) ─▶ target (written, read back, put there)
//!                                    └ dialogue, in the person's own language (texts, locale)
//! ```

mod answers;
mod dialogue;
mod locale;
mod questions;
mod starter;
mod target;
mod texts;

use std::{
    io::{self, IsTerminal},
    net::IpAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use self::{
    answers::{Answers, Serving},
    dialogue::Dialogue,
    locale::Locale,
    starter::StarterError,
    target::Target,
    texts::{TextError, Texts},
};
use crate::{
    config::Profile,
    listen::interfaces,
    lists::source::{self, ListError},
    sinkhole::Settings,
};

/// What the command line says.
#[derive(Debug)]
pub(super) struct Request {
    /// The file, if it is named behind the command.
    pub(super) file: Option<PathBuf>,
    /// The file, if it is named by `--config`.
    pub(super) config: Option<PathBuf>,
    /// Whether to write without asking.
    pub(super) defaults: bool,
    /// Whether there are options that mean nothing here.
    pub(super) other_options: bool,
}

/// What the answers meet: the machine, the person, the place.
#[derive(Debug, Clone)]
struct Surroundings {
    /// Those of this machine's addresses that others can use.
    addresses: Vec<IpAddr>,
    /// Whether it speaks IPv6.
    ipv6: bool,
    /// The person's.
    locale: Locale,
    /// The file that is written.
    file: PathBuf,
}

/// Why no file was written. Each is a message of the texts, since it is said in the person's language.
#[derive(Debug)]
enum Refusal {
    /// It is there already.
    Exists(PathBuf),
    /// Its folder is not there.
    NoFolder(PathBuf),
    /// Its folder is something else.
    NotAFolder(PathBuf),
    /// It is a folder.
    IsFolder(PathBuf),
    /// Its folder cannot be written in.
    FolderUnwritable(PathBuf, io::Error),
    /// It could not be written.
    Write(PathBuf, io::Error),
    /// The folder for lists could not be made.
    ListFolder(PathBuf, io::Error),
    /// The file is named twice.
    Both(PathBuf, PathBuf),
    /// Options that mean nothing here.
    Options,
    /// Three answers in a row were wrong.
    Tries,
    /// There were no more answers.
    End,
    /// The program does not accept its own file.
    Own(String),
    /// The terminal cannot be read or written.
    Talk(io::Error),
    /// Something cannot be said.
    Text(TextError),
}

impl From<TextError> for Refusal {
    fn from(error: TextError) -> Self {
        Self::Text(error)
    }
}

impl From<StarterError> for Refusal {
    fn from(error: StarterError) -> Self {
        match error {
            StarterError::Text(error) => Self::Text(error),
            other => Self::Own(other.to_string()),
        }
    }
}

impl Refusal {
    /// The sentence for it.
    fn sentence(&self, texts: &Texts) -> Result<String, TextError> {
        let shown = |path: &Path| path.display().to_string();
        match self {
            Self::Exists(file) => texts.fill("refused-exists", &[("file", &shown(file))]),
            Self::NoFolder(folder) => texts.fill("refused-folder", &[("folder", &shown(folder))]),
            Self::NotAFolder(folder) => texts.fill("refused-not-a-folder", &[("folder", &shown(folder))]),
            Self::IsFolder(file) => {
                texts.fill("refused-is-folder", &[("file", shown(file).trim_end_matches('/'))])
            }
            Self::FolderUnwritable(folder, error) => texts.fill(
                "refused-folder-unwritable",
                &[("folder", &shown(folder)), ("error", &error.to_string())],
            ),
            Self::Write(file, error) => {
                texts.fill("refused-write", &[("file", &shown(file)), ("error", &error.to_string())])
            }
            Self::ListFolder(folder, error) => texts
                .fill("refused-list-folder", &[("folder", &shown(folder)), ("error", &error.to_string())]),
            Self::Both(file, other) => {
                texts.fill("refused-both", &[("file", &shown(file)), ("other", &shown(other))])
            }
            Self::Options => texts.say("refused-options"),
            Self::Tries => texts.say("refused-tries"),
            Self::End => texts.say("refused-end"),
            Self::Own(error) => texts.fill("refused-own", &[("error", error)]),
            Self::Talk(error) => Ok(error.to_string()),
            Self::Text(error) => Ok(error.to_string()),
        }
    }
}

/// Asks and writes.
pub(super) fn run(request: Request) -> ExitCode {
    let locale = Locale::from_environment(|name| std::env::var(name).ok());
    let texts = match Texts::load(locale.language) {
        Ok(texts) => texts,
        Err(error) => return super::fail(&error),
    };
    match write(request, locale, &texts) {
        Ok(said) => super::print(&said),
        Err(refusal) => match refusal.sentence(&texts) {
            Ok(sentence) => {
                eprintln!("sekisho: {sentence}");
                ExitCode::FAILURE
            }
            Err(error) => super::fail(&error),
        },
    }
}

/// Writes the file, and gives what there is to say then.
fn write(request: Request, locale: Locale, texts: &Texts) -> Result<String, Refusal> {
    if request.other_options {
        return Err(Refusal::Options);
    }
    let file = match (request.file, request.config) {
        (Some(file), Some(other)) if file != other => return Err(Refusal::Both(file, other)),
        (Some(file), _) | (None, Some(file)) => file,
        (None, None) => super::DEFAULT_FILE.into(),
    };
    let target = Target::check(file.clone())?;
    let interfaces = interfaces::read();
    let surroundings = Surroundings {
        addresses: interfaces.lasting_addresses(),
        ipv6: interfaces.has_ipv6(),
        locale,
        // As the commands for it are to be found again from everywhere.
        file: std::path::absolute(&file).unwrap_or(file),
    };
    let answers = if request.defaults {
        questions::ask(&mut Dialogue::new(texts, io::empty(), io::sink(), false), &surroundings)?
    } else {
        let echo = !io::stdin().is_terminal();
        let mut dialogue = Dialogue::new(texts, io::stdin().lock(), io::stdout(), echo);
        dialogue.tell(&texts.fill("greeting", &[("file", &surroundings.file.display().to_string())])?)?;
        questions::ask(&mut dialogue, &surroundings)?
    };
    let text = starter::write(&answers, &surroundings, texts)?;
    if let Some(list) = answers.list.as_deref().filter(|list| !list.exists()) {
        std::fs::create_dir_all(list).map_err(|error| Refusal::ListFolder(list.into(), error))?;
    }
    target.write(&text)?;
    Ok(what_next(&answers, &surroundings, texts)?)
}

/// What there is to say when the file is written.
fn what_next(answers: &Answers, surroundings: &Surroundings, texts: &Texts) -> Result<String, TextError> {
    let Surroundings { locale, file, .. } = surroundings;
    let country = locale.country.clone().unwrap_or_else(|| Settings::default().country);
    let language = locale.language.own_name();
    let written = texts.fill("written", &[("file", &file.display().to_string())])?;
    let page = texts.fill("next-page", &[("language", language), ("country", &country)])?;
    let heading = texts.say("next-heading")?;
    let steps = steps(answers, surroundings, texts)?;
    let steps: Vec<String> =
        steps.iter().enumerate().map(|(at, step)| format!("  {}. {step}\n", at + 1)).collect();
    Ok(format!("\n{written}\n{page}\n\n{heading}\n{}", steps.concat()))
}

/// What to do next, step by step.
fn steps(answers: &Answers, surroundings: &Surroundings, texts: &Texts) -> Result<Vec<String>, TextError> {
    let Surroundings { addresses, file, .. } = surroundings;
    let network = matches!(answers.serving, Serving::Network { .. });
    let mut steps = Vec::new();
    let fetches = answers.list.is_none() && answers.profile == Profile::Home;
    match &answers.list {
        None if fetches => {}
        None => steps.push(texts.say("next-lists")?),
        Some(list) if matches!(source::files(list), Err(ListError::EmptyFolder(_))) => {
            steps.push(texts.fill("next-list-empty", &[("folder", &list.display().to_string())])?);
        }
        Some(_) => {}
    }
    let (start, lists) = if network {
        (("next-start-root", "sudo sekisho serve --config"), "sudo sekisho lists --config")
    } else {
        (("next-start", "sekisho serve --config"), "sekisho lists --config")
    };
    let lists = fetches.then_some(("next-fetched", lists));
    let doctor = ("next-doctor", "sekisho doctor --config");
    for (id, command) in
        [("next-check", "sekisho config --check"), start].into_iter().chain(lists).chain([doctor])
    {
        let command = format!("{command} {}", word(file));
        steps.push(texts.fill(id, &[("command", &command)])?);
    }
    if network && !addresses.is_empty() {
        steps.push(texts.fill("next-router", &[("addresses", &list_of(addresses))])?);
    }
    Ok(steps)
}

/// Addresses one after another.
fn list_of(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A path as a word of a shell's command.
fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@%:,".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
