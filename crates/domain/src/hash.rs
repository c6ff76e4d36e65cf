//! A 64-bit hash that is the same on every platform and in every version, unlike `std::hash`. It is not cryptographic.

/// The hash of a text and a number: FNV-1a (64 bits) over the text's bytes, a zero and the number in little-endian order,
/// then the finalizer of MurmurHash3. Without the finalizer neighbouring numbers would differ in their low bits only, and
/// sums of hashes would collide.
pub fn hash_with_number(text: &str, number: u64) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = text.bytes().chain([0]).chain(number.to_le_bytes());
    let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}
