//! Compressing files once, at the build, as tightly as Brotli can: so that no server spends time on it, and each serves
//! the smallest.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

use anyhow::{Context, Result, anyhow};
use brotli::enc::BrotliEncoderParams;

/// The machine that builds may be a small one; two files at a time keep it busy.
const THREADS: usize = 2;

/// The window that every browser accepts.
const WINDOW: i32 = 22;

/// Writes `file.br` beside each file of which it is the smaller, and returns the sizes in the same order.
pub(super) fn compress_all(files: &[PathBuf], quality: i32) -> Result<Vec<Option<u64>>> {
    let queue = Mutex::new(files.iter().enumerate());
    let sizes = Mutex::new(vec![None; files.len()]);
    let work = || -> Result<()> {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((index, file)) = next else { return Ok(()) };
            let size = compress(file, quality).with_context(|| format!("{} cannot be compressed", file.display()))?;
            sizes.lock().unwrap_or_else(PoisonError::into_inner)[index] = size;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("Compressing stopped half-way"))?)
    })?;
    Ok(sizes.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn compress(file: &Path, quality: i32) -> Result<Option<u64>> {
    let content = fs::read(file)?;
    let packed = brotli(&content, quality)?;
    if packed.len() >= content.len() {
        return Ok(None);
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    fs::File::create(name)?.write_all(&packed)?;
    Ok(Some(packed.len() as u64))
}

fn brotli(content: &[u8], quality: i32) -> Result<Vec<u8>> {
    let parameters =
        BrotliEncoderParams { quality, lgwin: WINDOW, size_hint: content.len(), ..BrotliEncoderParams::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters)?;
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_shrinks_and_keeps_what_is_packed() {
        let content = "a table is free, ".repeat(100);
        let packed = brotli(content.as_bytes(), 11).unwrap();
        assert!(packed.len() < 100);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, content.as_bytes());
    }
}
