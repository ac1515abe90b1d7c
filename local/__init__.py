"""Runs the whole platform on one machine: real servers, stand-ins for third parties, a demo business."""
