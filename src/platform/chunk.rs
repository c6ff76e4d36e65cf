//! Code that is loaded when it is needed (see `docs/architecture.md`).

/// Calls a function that `wasm_split` marks: with the feature `lazy` it loads the function's chunk first, without it the function is there.
macro_rules! call_in_chunk {
    ($call:expr) => {{
        #[cfg(feature = "lazy")]
        let result = $call.await;
        #[cfg(not(feature = "lazy"))]
        let result = $call;
        result
    }};
}

pub(crate) use call_in_chunk;

/// A chunk could not be loaded: no network, or it is gone after a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChunkError;

impl From<wasm_split_helpers::SplitLoaderError> for ChunkError {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}
