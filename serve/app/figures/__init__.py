"""What the pages draw and tabulate, made from data alone: nothing here knows Gradio."""
