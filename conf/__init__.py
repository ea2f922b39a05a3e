"""The Hydra config of ivg, found as pkg://ivg.conf."""
