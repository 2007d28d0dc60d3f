"""The box's own network: what NetworkManager, dnsmasq, nftables and the kernel must be told, and telling it to them."""
