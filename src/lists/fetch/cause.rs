//! What lies behind an error of a library, which tells of its own layer alone.

use std::{error::Error, io};

/// The first error of a type among those that caused this one.
pub(super) fn cause<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// What lies at the bottom of an error, in words.
pub(super) fn bottom(error: &(dyn Error + 'static)) -> String {
    // Each library has words of its own for this, some of them for its users alone.
    let ended = |error: &io::Error| error.kind() == io::ErrorKind::UnexpectedEof;
    if chain(error).filter_map(|error| error.downcast_ref()).any(ended) {
        return "the connection ended".into();
    }
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

fn chain<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'e (dyn Error + 'static) = *error;
        // What an I/O error carries is not its source; the source of that is.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        carried.map(|carried| carried as &(dyn Error + 'static)).or_else(|| error.source())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_behind_an_error_is_found() {
        let inner = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        let outer = io::Error::other(inner);
        assert_eq!(cause::<rustls::Error>(&outer), Some(&rustls::Error::DecryptError));
        assert_eq!(bottom(&outer), rustls::Error::DecryptError.to_string());
        let ended = io::Error::other(io::Error::new(io::ErrorKind::UnexpectedEof, "read the manual"));
        assert_eq!(bottom(&ended), "the connection ended");
    }
}
