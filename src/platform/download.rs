//! Files: chosen by the user, or offered as a download.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, HtmlInputElement, Url};

/// A file that the user chose.
pub(crate) struct ChosenFile {
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) content: FileContent,
}

/// The content of a file, as it is: the server knows its encoding better.
pub(crate) struct FileContent(Blob);

impl FileContent {
    /// Its size in bytes.
    pub(crate) fn size(&self) -> usize {
        self.0.size() as usize
    }

    /// As the body of a request.
    pub(crate) const fn blob(&self) -> &Blob {
        &self.0
    }
}

/// Takes the file chosen in `input` and clears the input, so that the same file can be chosen again; `None` if none is chosen or it
/// cannot be read.
pub(crate) async fn take_chosen(input: &HtmlInputElement) -> Option<ChosenFile> {
    let file = input.files()?.get(0)?;
    // A copy: a file that changes after it was chosen cannot be sent, and the error does not say why.
    let bytes = JsFuture::from(file.array_buffer()).await.ok()?;
    let content = Blob::new_with_buffer_source_sequence(&Array::of1(&bytes)).ok()?;
    input.set_value("");
    Some(ChosenFile { name: file.name(), content: FileContent(content) })
}

/// Offers a text as a file to save.
pub(crate) fn save(name: &str, content_type: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(content_type);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options);
    let Some(address) = blob.ok().and_then(|blob| Url::create_object_url_with_blob(&blob).ok()) else { return };
    if let Some(link) = super::document().and_then(|page| page.create_element("a").ok()) {
        _ = link.set_attribute("href", &address);
        _ = link.set_attribute("download", name);
        link.unchecked_into::<HtmlElement>().click();
    }
    _ = Url::revoke_object_url(&address);
}
