"""What every web face shares: refusals as answers, guards, keys of repeated requests, the unix socket's client."""
