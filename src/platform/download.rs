//! Files: chosen by the user, or offered as a download.

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, HtmlInputElement, Url};

/// A file that the user chose.
pub(crate) struct ChosenFile {
    /// Its name.
    pub(crate) name: String,
    /// Its content.
    pub(crate) content: FileContent,
}

/// The bytes of a file. They stay with the browser: only the server knows in which encoding they are.
pub(crate) struct FileContent(ArrayBuffer);

impl FileContent {
    /// How many bytes it has.
    pub(crate) fn size(&self) -> u32 {
        self.0.byte_length()
    }
}

impl From<&FileContent> for JsValue {
    fn from(content: &FileContent) -> Self {
        content.0.clone().into()
    }
}

/// Begins a CSV file by which Excel is to know UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads the file chosen in `input` and clears the input, so that the same file can be chosen again; `None` if none is chosen or it
/// cannot be read.
pub(crate) async fn read_chosen(input: &HtmlInputElement) -> Option<ChosenFile> {
    let file = input.files()?.get(0)?;
    let content = JsFuture::from(file.array_buffer()).await.ok()?;
    input.set_value("");
    Some(ChosenFile { name: file.name(), content: FileContent(content.unchecked_into()) })
}

/// Offers a text as a file to save. A CSV file begins with a byte order mark: the server's is dropped when a response is read as text
/// (Fetch Standard, "UTF-8 decode").
pub(crate) fn save(name: &str, content_type: &str, text: &str) {
    let mark = if content_type == "text/csv" { BYTE_ORDER_MARK } else { "" };
    let options = BlobPropertyBag::new();
    options.set_type(content_type);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of2(&mark.into(), &text.into()), &options);
    let Some(address) = blob.ok().and_then(|blob| Url::create_object_url_with_blob(&blob).ok()) else { return };
    if let Some(link) = super::document().and_then(|page| page.create_element("a").ok()) {
        _ = link.set_attribute("href", &address);
        _ = link.set_attribute("download", name);
        link.unchecked_into::<HtmlElement>().click();
    }
    _ = Url::revoke_object_url(&address);
}
