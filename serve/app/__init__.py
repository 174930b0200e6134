"""The Gradio app: the barometer, the news behind it, a box to try the model, and a page about the model."""
