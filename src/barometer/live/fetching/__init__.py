"""From the address of a feed to its bytes, whatever servers and addresses try."""
