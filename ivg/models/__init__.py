"""Model backends, one file each; the only code that imports open_clip, timm or transformers."""
