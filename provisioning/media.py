"""The MIME type of a file by its name, the same on every machine: the system's own tables are not asked."""

from __future__ import annotations

import mimetypes

_MORE = {
    "application/epub+zip": "epub",
    "application/pdf": "pdf",
    "application/vnd.comicbook+zip": "cbz",
    "application/x-7z-compressed": "7z",
    "application/zip": "zip",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/midi": "mid midi",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg oga opus",
    "audio/wav": "wav",
    "audio/x-aiff": "aif aiff",
    "font/otf": "otf",
    "font/ttf": "ttf",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/jpeg": "jpg jpeg",
    "image/jxl": "jxl",
    "image/svg+xml": "svg",
    "image/tiff": "tif tiff",
    "image/webp": "webp",
    "image/x-adobe-dng": "dng",
    "model/gltf-binary": "glb",
    "model/stl": "stl",
    "text/markdown": "md",
    "text/plain": "txt",
    "video/mp4": "mp4 m4v",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
}


def _types() -> mimetypes.MimeTypes:
    types = mimetypes.MimeTypes(filenames=())
    for media_type, endings in _MORE.items():
        for ending in endings.split():
            types.add_type(media_type, f".{ending}")
    return types


_TYPES = _types()


def media_type(path: str) -> str:
    """`application/octet-stream` where the ending says nothing, or where the content is packed once more (.tar.gz)."""
    found, encoding = _TYPES.guess_type("file:" + path.rpartition("/")[2], strict=True)
    if encoding is not None:
        return "application/gzip" if encoding == "gzip" else "application/octet-stream"
    return found or "application/octet-stream"
