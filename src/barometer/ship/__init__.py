"""From a trained model to one that may be served: export, artifact, gate, registry."""
