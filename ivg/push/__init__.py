"""Publish a release on the Hugging Face hub or as a W&B artifact."""
