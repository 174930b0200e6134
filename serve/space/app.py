"""The entry point of the Space: Hugging Face runs `python app.py` in the folder that `serve.space.build` makes."""

from serve.space.run import main

if __name__ == "__main__":
    main()
