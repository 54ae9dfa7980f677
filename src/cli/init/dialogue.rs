//! Asking, line by line: the same for a person at a terminal and for a script through a pipe.

use std::io::{self, BufRead, Read, Write};

use super::{Refusal, answers::Wrong, texts::Texts};

/// How often an answer may be wrong.
const TRIES: usize = 3;
/// The longest line that is an answer, in octets.
const LONGEST: u64 = 4096;

/// A conversation in one language.
pub(super) struct Dialogue<'t, R, W> {
    texts: &'t Texts,
    input: R,
    output: W,
    /// Whether answers are repeated: a terminal shows what is typed, a pipe does not.
    echo: bool,
    /// Whether the input has ended. A terminal would have to be told again and again.
    ended: bool,
}

/// What came in place of an answer.
enum Line {
    Text(String),
    Unreadable,
    End,
}

impl<'t, R: BufRead, W: Write> Dialogue<'t, R, W> {
    /// Nothing was said yet.
    pub(super) fn new(texts: &'t Texts, input: R, output: W, echo: bool) -> Self {
        Self { texts, input, output, echo, ended: false }
    }

    /// What it is spoken in.
    pub(super) fn texts(&self) -> &'t Texts {
        self.texts
    }

    /// Says a paragraph.
    pub(super) fn tell(&mut self, paragraph: &str) -> Result<(), Refusal> {
        writeln!(self.output, "{paragraph}").map_err(Refusal::Talk)
    }

    /// Asks until there is an answer that `read` understands. Enter, and the end of the input, are an empty answer,
    /// which is the default where there is one.
    pub(super) fn ask<T>(
        &mut self,
        prompt: &str,
        read: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Result<T, Refusal> {
        for attempt in 0..TRIES {
            write!(self.output, "{prompt} ").and_then(|()| self.output.flush()).map_err(Refusal::Talk)?;
            let wrong = match self.line()? {
                Line::Text(text) => match read(text.trim()) {
                    Ok(answer) => return Ok(answer),
                    Err(wrong) => wrong,
                },
                Line::Unreadable => Wrong::new("wrong-line", ""),
                // An answer that was wrong is not made good by saying nothing more.
                Line::End if attempt == 0 => return read("").map_err(|_| Refusal::End),
                Line::End => return Err(Refusal::End),
            };
            let (text, count) = (&*wrong.text, &*wrong.count.to_string());
            let sentence = self.texts.fill(wrong.id, &[("text", text), ("count", count)])?;
            self.tell(&sentence)?;
        }
        Err(Refusal::Tries)
    }

    fn line(&mut self) -> Result<Line, Refusal> {
        let mut line = Vec::new();
        if !self.ended {
            (&mut self.input).take(LONGEST).read_until(b'\n', &mut line).map_err(Refusal::Talk)?;
        }
        if line.is_empty() {
            self.ended = true;
            self.tell("")?;
            return Ok(Line::End);
        }
        if line.len() as u64 == LONGEST && !line.ends_with(b"\n") {
            self.skip_rest_of_line().map_err(Refusal::Talk)?;
            line.clear();
            line.push(0);
        }
        let text = String::from_utf8(line).unwrap_or_else(|_| "\0".to_owned());
        let text = text.trim_end_matches(['\n', '\r']).to_owned();
        if self.echo {
            let shown: String = text.chars().filter(|c| !c.is_control()).collect();
            self.tell(&shown)?;
        }
        Ok(if text.contains(|c: char| c.is_control() && c != '\t') {
            Line::Unreadable
        } else {
            Line::Text(text)
        })
    }

    fn skip_rest_of_line(&mut self) -> io::Result<()> {
        loop {
            let ahead = self.input.fill_buf()?;
            let (length, found) = match ahead.iter().position(|octet| *octet == b'\n') {
                Some(at) => (at + 1, true),
                None => (ahead.len(), false),
            };
            self.input.consume(length);
            if found || length == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::init::answers::choice, sinkhole::Language};

    /// What choosing from three gives for `input`, and what was said.
    fn choose(input: &[u8]) -> (Result<usize, Refusal>, String) {
        let texts = Texts::load(Language::EN).unwrap();
        let mut said = Vec::new();
        let chosen = Dialogue::new(&texts, input, &mut said, true).ask("?", |text| choice(text, 3));
        (chosen, String::from_utf8(said).unwrap())
    }

    #[test]
    fn a_wrong_answer_is_asked_again_and_explained() {
        let (chosen, said) = choose(b"seven\n 2 \n");
        assert_eq!(chosen.unwrap(), 2);
        assert!(said.contains("“seven” is none of these. Write a number from 1 to 3."), "{said}");
        assert_eq!(said.matches('?').count(), 2, "{said}");
    }

    #[test]
    fn three_wrong_answers_end_it() {
        let (chosen, said) = choose(b"7\n8\n9\n1\n");
        assert!(matches!(chosen, Err(Refusal::Tries)));
        assert_eq!(said.matches("none of these").count(), 3, "{said}");
    }

    #[test]
    fn the_end_of_the_input_is_the_default_unless_an_answer_was_wrong() {
        assert_eq!(choose(b"").0.unwrap(), 1);
        assert_eq!(choose(b"2").0.unwrap(), 2);
        assert!(matches!(choose(b"7\n").0, Err(Refusal::End)));
    }

    #[test]
    fn keys_that_are_no_text_and_endless_lines_are_asked_again() {
        let long = [&vec![b'1'; 100_000][..], b"\n3\n"].concat();
        for input in [&b"\x1b[A\n3\n"[..], b"\xff\xfe\n3\r\n", &long] {
            let (chosen, said) = choose(input);
            assert_eq!(chosen.unwrap(), 3);
            assert!(said.contains("cannot be read") && !said.contains('\u{1b}'), "{said}");
        }
    }
}
