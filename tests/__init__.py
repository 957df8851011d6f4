"""Tests mirror the packages; real servers, real databases, nothing mocked that the project itself is."""
