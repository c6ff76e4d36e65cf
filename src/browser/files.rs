//! Files: chosen by a person, or given to them. Never knows what is in one.

use js_sys::{Array, JsString};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlElement, HtmlInputElement, Url};

/// A chosen file.
pub(crate) struct Chosen {
    /// What it is called.
    pub(crate) name: String,
    /// What is in it, taken for UTF-8.
    pub(crate) text: String,
}

/// The file that was chosen in the input of this id, which then forgets it, so that the same can be chosen again.
pub(crate) async fn chosen(id: &str) -> Option<Chosen> {
    let input: HtmlInputElement = super::window()?.document()?.get_element_by_id(id)?.unchecked_into();
    let file = input.files()?.get(0)?;
    let text = JsFuture::from(file.text()).await.ok()?;
    input.set_value("");
    Some(Chosen { name: file.name(), text: text.unchecked_into::<JsString>().into() })
}

/// Gives a file to the person, who decides where it goes.
pub(crate) fn give(name: &str, content_type: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(content_type);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options);
    let Some(address) = blob.ok().and_then(|blob| Url::create_object_url_with_blob(&blob).ok()) else { return };
    let link = super::window().and_then(|window| window.document()).and_then(|page| page.create_element("a").ok());
    if let Some(link) = link {
        _ = link.set_attribute("href", &address);
        _ = link.set_attribute("download", name);
        link.unchecked_into::<HtmlElement>().click();
    }
    _ = Url::revoke_object_url(&address);
}
