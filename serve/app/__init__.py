"""The Gradio app: the barometer, the news behind it, a box to try the model, and what is known of the model."""
