//! Mosquitto as a process of its own, on free ports, in place of AWS IoT Core.

use std::net::TcpListener;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::TIMEOUT;

/// A running broker.
pub struct Mosquitto {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

impl Mosquitto {
    /// A broker without authentication.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a directory for its settings");
        let (port, plain) = (free_port(), free_port());
        // Without `socket_domain` a WebSocket listener listens on every address.
        let settings = format!(
            "per_listener_settings false\nallow_anonymous true\npersistence false\nlistener {plain} 127.0.0.1\n\
             listener {port} 127.0.0.1\nsocket_domain ipv4\nprotocol websockets\n"
        );
        std::fs::write(folder.path().join("mosquitto.conf"), settings).expect("its settings are written");
        let mut broker = Self { child: None, folder, port };
        broker.start_again().await;
        broker
    }

    /// Its address for WebSockets: `127.0.0.1:9001`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Kills it as `kill -9` does.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("it can be killed");
        }
    }

    /// Starts it again at the same address.
    pub async fn start_again(&mut self) {
        let program = std::env::var_os("MOSQUITTO").unwrap_or_else(|| "/usr/sbin/mosquitto".into());
        let child = Command::new(program)
            .arg("-c")
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("mosquitto starts; `cargo xtask setup` brings it");
        self.child = Some(child);
        let listens = async { while TcpStream::connect(self.address()).await.is_err() {} };
        tokio::time::timeout(TIMEOUT, listens).await.expect("mosquitto listens");
    }
}
