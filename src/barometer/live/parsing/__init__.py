"""From the bytes of a feed to its entries, in processes that can be killed."""
