//! Devices and the hashes of their keys, in DynamoDB.

use domain::device::Device;

use crate::db::records::DeviceRecord;
use crate::db::{Storage, StorageError, keys};

impl Storage {
    /// Stores a device.
    ///
    /// # Errors
    /// The database fails.
    pub async fn save_device(&self, device: &Device, hash: String) -> Result<(), StorageError> {
        self.put(&DeviceRecord::new(device, hash)).await
    }

    /// A device with the hash of its secret.
    ///
    /// # Errors
    /// The database fails.
    pub async fn device(&self, id: &str) -> Result<Option<DeviceRecord>, StorageError> {
        self.get(keys::DEVICES, id).await
    }

    /// All devices.
    ///
    /// # Errors
    /// The database fails.
    pub async fn devices(&self) -> Result<Vec<Device>, StorageError> {
        let items = self.query(keys::DEVICES, |query| query).await?;
        Ok(crate::db::readable::<DeviceRecord>(items).map(DeviceRecord::into_device).collect())
    }

    /// Deletes a device. From now on its key is not valid.
    ///
    /// # Errors
    /// The database fails.
    pub async fn remove_device(&self, id: &str) -> Result<(), StorageError> {
        self.delete(keys::DEVICES, id).await
    }
}
