//! Code that is loaded when it is needed (see `docs/ARCHITECTURE.md`).

/// A chunk could not be loaded: no network, or it is gone after a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChunkError;

impl From<wasm_split_helpers::SplitLoaderError> for ChunkError {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}
