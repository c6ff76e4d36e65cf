//! Why the local AWS does not start, as messages for the user.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error("{address} is taken by another program. Choose another address with {option}.")]
    AddressTaken {
        /// The requested address.
        address: SocketAddr,
        /// The option that changes the address.
        option: &'static str,
    },
    /// The system does not let this process listen there.
    #[error("Cannot listen on {address}: {cause}. Choose another address with {option}.")]
    CannotListen {
        /// The requested address.
        address: SocketAddr,
        /// The option that changes the address.
        option: &'static str,
        /// The system's error.
        cause: io::Error,
    },
    /// The endpoint for tools has no sign-in, so it must not be reachable from other machines.
    #[error("{0} is not a loopback address. --aws-address takes 127.0.0.1 with any port.")]
    AwsAddressIsOpen(SocketAddr),
    /// A second process would corrupt the checkpoint of the first.
    #[error("{} is in use by another server on this machine. Stop that one, or choose another directory with --data.", .0.display())]
    DirectoryInUse(PathBuf),
    /// The data directory cannot be created or written.
    #[error("Cannot use the data directory {}: {cause}.", .directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// The database does not open.
    #[error("Cannot open the database {}: {cause}.", .file.display())]
    Database {
        /// Its file.
        file: PathBuf,
        /// The database's error.
        cause: String,
    },
    /// A thread or a socket could not be created.
    #[error("Cannot start: {0}.")]
    System(#[from] io::Error),
    /// The application on this AWS could not be deployed.
    #[error("Cannot set up what runs here: {0}.")]
    Deployment(String),
}
