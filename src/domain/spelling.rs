//! The word that was probably meant, for "did you mean".

/// The candidate that differs from `word` in the fewest letters, unless it differs in more than a third of them.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates.into_iter().map(|candidate| (distance(word, candidate), candidate)).filter(|(d, _)| *d <= limit).min().map(|(_, best)| best)
}

/// The candidates that differ from `word` in the fewest letters, the nearest first, at most `most`; none that differs in more than a third.
pub fn nearest_few<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    let mut near: Vec<_> =
        candidates.into_iter().map(|candidate| (distance(word, candidate), candidate)).filter(|(d, _)| *d <= limit).collect();
    near.sort_unstable();
    near.into_iter().map(|(_, candidate)| candidate).take(most).collect()
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour to make `a` into `b`, in any letter case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut row_before: Vec<usize> = Vec::new();
    let mut x_before = None;
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut left = i + 1;
        let mut fresh = vec![left];
        let mut y_before = None;
        for (j, ((&y, diagonal), above)) in b.iter().zip(&row).zip(row.iter().skip(1)).enumerate() {
            left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            if x_before == Some(y) && y_before == Some(x) {
                left = left.min(row_before.get(j.wrapping_sub(1)).map_or(left, |swapped| swapped + 1));
            }
            fresh.push(left);
            y_before = Some(y);
        }
        row_before = std::mem::replace(&mut row, fresh);
        x_before = Some(x);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let words = ["description", "picture", "price"];
        assert_eq!(nearest("desciption", words), Some("description"));
        assert_eq!(nearest("Prise", words), Some("price"));
        assert_eq!(nearest("weight", words), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(nearest("inof", ["info", "warn"]), Some("info"), "two letters changed places");
    }

    #[test]
    fn every_slip_of_the_fingers_counts_once() {
        for (a, b, slips) in [
            ("price", "price", 0),
            ("PRICE", "price", 0),
            ("price", "prices", 1),
            ("price", "prce", 1),
            ("price", "prize", 1),
            ("price", "rpice", 1),
            ("price", "prcie", 1),
            ("ab", "ba", 1),
            ("ab", "bc", 2),
            ("ab", "ca", 2),
            ("abc", "bca", 2),
            ("abcd", "badc", 2),
            ("abab", "baba", 2),
            ("", "", 0),
            ("abc", "", 3),
            ("abc", "xyz", 3),
        ] {
            assert_eq!((distance(a, b), distance(b, a)), (slips, slips), "{a} {b}");
        }
    }

    #[test]
    fn a_third_of_the_letters_may_be_wrong_and_one_always() {
        assert_eq!(nearest("ab", ["cd"]), None);
        assert_eq!(nearest("ab", ["ac"]), Some("ac"));
        assert_eq!(nearest("abcdef", ["abcdxy"]), Some("abcdxy"));
        assert_eq!(nearest("abcdef", ["abcxyz"]), None);
        assert_eq!(nearest("abcdef", ["abcdxy", "abcdex"]), Some("abcdex"), "the nearest");
        assert_eq!(nearest("abcdef", []), None);
    }
}
