//! Makes a program smaller as long as it still shows what it was kept for.

use crate::program::{Stmt, size};

/// Shrinks `program`; `fails` says whether a candidate still shows the failure. `budget` bounds the
/// candidates tried.
pub fn shrink(mut program: Vec<Stmt>, budget: usize, mut fails: impl FnMut(&[Stmt]) -> bool) -> Vec<Stmt> {
    let mut left = budget;
    loop {
        let before = size(&program);
        remove_runs(&mut program, &mut left, &mut fails);
        replace_by_bodies(&mut program, &mut left, &mut fails);
        if left == 0 || size(&program) == before {
            return program;
        }
    }
}

/// Where a block is: pairs of statement and clause, from the outside.
type Path = Vec<(usize, usize)>;

fn blocks(body: &[Stmt], at: &Path, found: &mut Vec<Path>) {
    found.push(at.clone());
    for (i, s) in body.iter().enumerate() {
        if let Stmt::Compound(clauses) = s {
            for (k, c) in clauses.iter().enumerate() {
                let mut inner = at.clone();
                inner.push((i, k));
                blocks(&c.body, &inner, found);
            }
        }
    }
}

fn block_at<'a>(program: &'a mut Vec<Stmt>, path: &[(usize, usize)]) -> Option<&'a mut Vec<Stmt>> {
    let mut body = program;
    for &(i, k) in path {
        match body.get_mut(i)? {
            Stmt::Compound(clauses) => body = &mut clauses.get_mut(k)?.body,
            Stmt::Line(_) => return None,
        }
    }
    Some(body)
}

/// Tries `change` on a copy; keeps it if the failure is still there.
fn attempt(
    program: &mut Vec<Stmt>,
    left: &mut usize,
    fails: &mut impl FnMut(&[Stmt]) -> bool,
    change: impl FnOnce(&mut Vec<Stmt>) -> Option<()>,
) -> bool {
    if *left == 0 {
        return false;
    }
    let mut candidate = program.clone();
    if change(&mut candidate).is_none() || candidate == *program {
        return false;
    }
    *left -= 1;
    let ok = fails(&candidate);
    if ok {
        *program = candidate;
    }
    ok
}

/// Removes runs of statements, long ones first.
fn remove_runs(program: &mut Vec<Stmt>, left: &mut usize, fails: &mut impl FnMut(&[Stmt]) -> bool) {
    let mut paths = Vec::new();
    blocks(program, &Vec::new(), &mut paths);
    for path in paths {
        let Some(len) = block_at(program, &path).map(|b| b.len()) else { continue };
        let mut run = len;
        while run > 0 {
            let mut at = 0;
            while block_at(program, &path).is_some_and(|b| at < b.len()) {
                let removed = attempt(program, left, fails, |p| {
                    let b = block_at(p, &path)?;
                    let end = (at + run).min(b.len());
                    b.drain(at..end);
                    Some(())
                });
                if !removed {
                    at += run;
                }
            }
            run /= 2;
        }
    }
}

/// Replaces compound statements by what they govern, and drops clauses.
fn replace_by_bodies(program: &mut Vec<Stmt>, left: &mut usize, fails: &mut impl FnMut(&[Stmt]) -> bool) {
    let mut paths = Vec::new();
    blocks(program, &Vec::new(), &mut paths);
    for path in paths {
        let mut at = 0;
        while let Some(s) = block_at(program, &path).and_then(|b| b.get(at).cloned()) {
            if let Stmt::Compound(clauses) = s {
                for (k, clause) in clauses.into_iter().enumerate() {
                    let body = clause.body;
                    let done = attempt(program, left, fails, |p| {
                        block_at(p, &path)?.splice(at..=at, body);
                        Some(())
                    });
                    if done {
                        break;
                    }
                    if k > 0 {
                        attempt(program, left, fails, |p| match block_at(p, &path)?.get_mut(at)? {
                            Stmt::Compound(c) if k < c.len() => {
                                c.remove(k);
                                Some(())
                            }
                            _ => None,
                        });
                    }
                }
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{block, line, text};

    #[test]
    fn keeps_only_what_fails() {
        let program = vec![line("a"), block("if x:", vec![line("b"), block("for y in z:", vec![line("c"), line("d")])]), line("e")];
        let small = shrink(program, 1000, |p| text(p).contains('d'));
        assert_eq!(text(&small), "d\n");
    }
}
