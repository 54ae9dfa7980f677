//! Markdown as far as these tests need it: fenced blocks, the comments above them, and the lines around them.

use std::fs;
use std::path::{Path, PathBuf};

/// Languages whose blocks are commands.
const SHELL: [&str; 5] = ["sh", "shell", "bash", "console", "shell-session"];

/// Words that begin a command: a block that starts with one and has no language is one that was forgotten.
const COMMANDS: [&str; 14] = [
    "sudo",
    "sekisho",
    "cargo",
    "dig",
    "curl",
    "docker",
    "systemctl",
    "apt",
    "apt-get",
    "git",
    "mkdir",
    "cd",
    "uci",
    "./test.sh",
];

/// What the comment above a block says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Marker {
    Run,
    Background,
    NotRun(String),
    NotRead(String),
    /// The reader writes the block to a file of this name.
    Written(String),
    /// Looks like one of these, and is none.
    Unclear(String),
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// The line of the fence that opens it.
    pub(crate) line: usize,
    pub(crate) language: String,
    pub(crate) text: String,
    pub(crate) marker: Option<Marker>,
}

/// A command of a document, and what it shows of the output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) line: usize,
    pub(crate) command: String,
    pub(crate) shown: Vec<String>,
    pub(crate) background: bool,
}

/// A Markdown file.
#[derive(Debug)]
pub(crate) struct Document {
    /// From the root of the repository.
    pub(crate) path: String,
    pub(crate) blocks: Vec<Block>,
    /// Lines outside of blocks, with their numbers.
    pub(crate) prose: Vec<(usize, String)>,
    /// Commands that the reader does not see.
    scene: Vec<Step>,
    /// Comments that belong to no block.
    astray: Vec<usize>,
}

pub(crate) fn root() -> PathBuf {
    let run_time = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    run_time.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into())
}

/// All Markdown files of the repository.
pub(crate) fn documents() -> Vec<Document> {
    let root = root();
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        Document::read(&name, &fs::read_to_string(path).unwrap())
    };
    let documents: Vec<Document> = paths.iter().map(read).collect();
    for expected in ["README.md", "README.ja.md", "CONTRIBUTING.md", "docs/router.md"] {
        assert!(documents.iter().any(|document| document.path == expected), "{expected} was not found");
    }
    documents
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let skipped = name.starts_with('.') || ["target", "sekisho-state", "node_modules"].contains(&&*name);
        if path.is_dir() && !skipped {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

impl Document {
    pub(crate) fn read(path: &str, text: &str) -> Self {
        let mut document = Self {
            path: path.to_owned(),
            blocks: Vec::new(),
            prose: Vec::new(),
            scene: Vec::new(),
            astray: Vec::new(),
        };
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        let mut marker: Option<(usize, Marker)> = None;
        while let Some((number, line)) = lines.next() {
            if let Some(fence) = Fence::open(line) {
                let inside =
                    lines.by_ref().map(|(_, line)| line).take_while(|line| !fence.is_closed_by(line));
                let text: String = inside.map(|line| fence.without_indent(line) + "\n").collect();
                let marker = marker.take().map(|(_, marker)| marker);
                document.blocks.push(Block { line: number, language: fence.language, text, marker });
                continue;
            }
            if line.trim().is_empty() {
                continue;
            }
            document.astray.extend(marker.take().map(|(at, _)| at));
            match comment(line) {
                Some(Comment::Above(found)) => marker = Some((number, found)),
                Some(Comment::Scene { command, background }) => {
                    document.scene.push(Step { line: number, command, shown: Vec::new(), background });
                }
                None => document.prose.push((number, line.to_owned())),
            }
        }
        document.astray.extend(marker.map(|(at, _)| at));
        document
    }

    pub(crate) fn fault(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }

    /// What keeps a block from being checked.
    pub(crate) fn faults(&self) -> Vec<String> {
        let astray = self.astray.iter().map(|&line| (line, "this comment stands above no block".to_owned()));
        let blocks = self.blocks.iter().filter_map(|block| Some((block.line, block.fault()?)));
        let mut found: Vec<(usize, String)> = astray.chain(blocks).collect();
        found.sort();
        found.iter().map(|(line, what)| self.fault(*line, what)).collect()
    }

    /// The commands that are to be run, in the order in which they stand.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let scene = self.scene.iter().map(|step| Step {
            command: step.command.clone(),
            shown: Vec::new(),
            line: step.line,
            background: step.background,
        });
        let mut steps: Vec<Step> = scene.chain(self.blocks.iter().flat_map(Block::steps)).collect();
        steps.sort_by_key(|step| step.line);
        steps
    }
}

impl Block {
    pub(crate) fn is_not_read(&self) -> bool {
        matches!(self.marker, Some(Marker::NotRead(_)))
    }

    fn is_console(&self) -> bool {
        ["console", "shell-session"].contains(&&*self.language)
    }

    fn fault(&self) -> Option<String> {
        let shell = SHELL.contains(&&*self.language);
        let first = self.text.split_whitespace().next().unwrap_or_default();
        let prompt = self.text.lines().any(|line| line.starts_with("$ "));
        match &self.marker {
            Some(Marker::Unclear(text)) => Some(format!("`{text}` is none of the comments of this test")),
            Some(Marker::NotRun(reason) | Marker::NotRead(reason))
                if reason.split_whitespace().count() < 3 =>
            {
                Some(format!("`{reason}` is no reason: three words at least"))
            }
            Some(Marker::Written(name)) if shell || name.contains(['/', '\'', ' ']) => {
                Some(format!("`{name}` is no name of a file, or this is no file"))
            }
            Some(Marker::Run | Marker::Background) if !shell => {
                Some(format!("to be run, but `{}` is not a language of commands", self.language))
            }
            Some(Marker::Run | Marker::Background) if self.is_console() && !prompt => {
                Some("to be run, but no line begins with `$ `".to_owned())
            }
            None if shell => Some("above it, say `<!-- run -->` or `<!-- not run: REASON -->`".to_owned()),
            None if ["", "text"].contains(&&*self.language) && prompt => {
                Some("these are commands: give the block the language `console`".to_owned())
            }
            None if self.language.is_empty() && COMMANDS.contains(&first) => {
                Some("these are commands: give the block the language `sh`".to_owned())
            }
            _ => None,
        }
    }

    fn steps(&self) -> Vec<Step> {
        let background = match &self.marker {
            Some(Marker::Run) => false,
            Some(Marker::Background) => true,
            Some(Marker::Written(name)) => {
                let command = format!("cat > '{name}' <<'END OF FILE'\n{}END OF FILE\n", self.text);
                return vec![Step { line: self.line, command, shown: Vec::new(), background: false }];
            }
            _ => return Vec::new(),
        };
        if !self.is_console() {
            let (line, command) = (self.line, self.text.clone());
            return vec![Step { line, command, shown: Vec::new(), background }];
        }
        let mut steps: Vec<Step> = Vec::new();
        for (at, line) in self.text.lines().enumerate() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => {
                    let line = self.line + 1 + at;
                    steps.push(Step { line, command: command.to_owned(), shown: Vec::new(), background });
                }
                // A command that goes on in the next line.
                (None, Some(step)) if step.shown.is_empty() && step.command.ends_with('\\') => {
                    step.command = format!("{}\n{line}", step.command);
                }
                (None, Some(step)) => step.shown.push(line.to_owned()),
                (None, None) => {}
            }
        }
        steps
    }
}

/// An opening fence.
struct Fence {
    indent: usize,
    ticks: String,
    language: String,
}

impl Fence {
    fn open(line: &str) -> Option<Self> {
        let trimmed = line.trim_start();
        let length = trimmed.len() - trimmed.trim_start_matches('`').len();
        let (ticks, rest) = trimmed.split_at(length);
        let language = rest.split_whitespace().next().unwrap_or_default().to_owned();
        let indent = line.len() - trimmed.len();
        (length >= 3 && !rest.contains('`')).then(|| Self { indent, ticks: ticks.to_owned(), language })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.starts_with(&self.ticks) && line.chars().all(|c| c == '`')
    }

    fn without_indent(&self, line: &str) -> String {
        let indent = line.len() - line.trim_start().len();
        line[indent.min(self.indent)..].to_owned()
    }
}

/// A comment that speaks to this test.
enum Comment {
    Above(Marker),
    Scene { command: String, background: bool },
}

fn comment(line: &str) -> Option<Comment> {
    let text = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    let (word, rest) = text.split_once(':').map_or((text, None), |(word, rest)| (word, Some(rest.trim())));
    let marker = match (word, rest) {
        ("run", None) => Marker::Run,
        ("run in the background", None) => Marker::Background,
        ("not run", Some(reason)) => Marker::NotRun(reason.to_owned()),
        ("not read", Some(reason)) => Marker::NotRead(reason.to_owned()),
        ("written to", Some(name)) => Marker::Written(name.to_owned()),
        ("run" | "run in the background", Some(command)) => {
            let background = word != "run";
            return Some(Comment::Scene { command: command.to_owned(), background });
        }
        _ if ["run", "not r", "written"].iter().any(|start| text.starts_with(start)) => {
            Marker::Unclear(text.to_owned())
        }
        _ => return None,
    };
    Some(Comment::Above(marker))
}

#[test]
fn commands_and_what_they_show_are_told_apart() {
    let text = "1. So:\n\n   <!-- run -->\n   ```console\n   $ one \\\n   two\n   out\n   $ three\n   ```\n\
                <!-- run: zero -->\n";
    let document = Document::read("a.md", text);
    let step = |line, command: &str, shown: &[&str]| Step {
        line,
        command: command.into(),
        shown: shown.iter().map(|&line| line.to_owned()).collect(),
        background: false,
    };
    assert_eq!(
        document.steps(),
        [step(5, "one \\\ntwo", &["out"]), step(8, "three", &[]), step(10, "zero", &[])]
    );
    assert!(document.faults().is_empty());
}

#[test]
fn a_block_that_is_written_to_a_file_is_a_step_of_its_own() {
    let text = "<!-- written to: a.toml -->\n```toml\n[rules]\n```\n\n<!-- run -->\n```sh\ncat a.toml\n```\n";
    let document = Document::read("a.md", text);
    let commands: Vec<String> = document.steps().into_iter().map(|step| step.command).collect();
    assert_eq!(commands, ["cat > 'a.toml' <<'END OF FILE'\n[rules]\nEND OF FILE\n", "cat a.toml\n"]);
    assert!(document.faults().is_empty());
    assert_eq!(Document::read("a.md", &text.replace("a.toml -->", "../a -->")).faults().len(), 1);
}
