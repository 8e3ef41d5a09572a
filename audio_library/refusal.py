"""The closed catalogue of reasons why an upload or a text is not taken, each in plain words."""

from __future__ import annotations

from typing import Final

MAX_HOURS: Final = 2
MAX_BYTES: Final = 500_000_000
MAX_TEXT: Final = 2_000
MAX_DOCUMENT: Final = 60_000
MAX_PAGES: Final = 100

_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "not_audio": (
        "Tệp này không phải là tệp âm thanh. Hãy chọn tệp ghi âm như m4a, mp3, wav, ogg, webm, 3gp hoặc flac.",
        "This file is not audio. Choose a recording such as m4a, mp3, wav, ogg, webm, 3gp or flac.",
    ),
    "empty": ("Tệp này rỗng.", "This file is empty."),
    "silent": (
        "Tệp này chỉ có sự im lặng, không nghe thấy gì.",
        "This file holds only silence; there is nothing to hear.",
    ),
    "too_short": (
        "Phần có tiếng trong tệp ngắn hơn nửa giây.",
        "There is less than half a second of sound in this file.",
    ),
    "truncated": (
        "Tệp bị cắt cụt, phần cuối không còn. Hãy gửi lại tệp đầy đủ.",
        "This file is cut off and its end is missing. Send the whole file again.",
    ),
    "too_long": (
        f"Bản ghi dài hơn {MAX_HOURS} giờ. Hãy chia thành nhiều phần ngắn hơn.",
        f"This recording is longer than {MAX_HOURS} hours. Split it into shorter parts.",
    ),
    "too_large": (
        f"Tệp lớn hơn {MAX_BYTES // 1_000_000} MB.",
        f"This file is larger than {MAX_BYTES // 1_000_000} MB.",
    ),
    "playlist": (
        "Đây là danh sách phát trỏ đến tệp khác, không phải bản ghi âm. Hãy gửi chính tệp âm thanh.",
        "This is a playlist that points at other files, not a recording. Send the sound file itself.",
    ),
    "archive": (
        "Đây là tệp nén. Hãy giải nén rồi gửi từng tệp âm thanh.",
        "This is an archive. Unpack it and send the sound files one by one.",
    ),
    "bomb": (
        "Tệp này được tạo bất thường và có thể làm quá tải máy chủ, nên không được nhận.",
        "This file is built in a way that could overload the server, so it is not taken.",
    ),
    "no_audio_track": (
        "Tệp này không có phần âm thanh nào.",
        "There is no sound track in this file.",
    ),
    "unsupported": (
        "Kiểu mã hóa âm thanh trong tệp này không được hỗ trợ. Hãy lưu lại thành mp3, m4a hoặc wav.",
        "The way the sound in this file is coded is not supported. Save it again as mp3, m4a or wav.",
    ),
    "unreadable": (
        "Tệp bị hỏng nên không đọc được âm thanh bên trong.",
        "This file is damaged; the sound inside cannot be read.",
    ),
    "timeout": (
        "Xử lý tệp này mất quá nhiều thời gian nên đã dừng lại.",
        "Working on this file took too long, so it was stopped.",
    ),
    "disk_full": (
        "Ổ đĩa của máy chủ sắp đầy, chưa nhận thêm tệp được.",
        "The server's disk is nearly full.",
    ),
    "sandbox_unavailable": (
        "Máy chủ chưa có vùng cách ly an toàn để mở tệp lạ. Hãy báo kỹ thuật viên.",
        "The server has no safe sandbox to open foreign files in. Tell the technician.",
    ),
    "document_unknown": (
        "Không nhận ra loại tệp này. Hãy chọn văn bản .docx, .pdf hoặc .txt (mã UTF-8), hoặc dán chữ vào ô soạn.",
        "This kind of file is not known. Choose a .docx, .pdf or .txt (UTF-8) document, or paste its text.",
    ),
    "document_old": (
        "Đây là tệp Word kiểu cũ (.doc). Hãy mở bằng Word và lưu lại thành .docx hoặc PDF.",
        "This is an old Word file (.doc). Open it in Word and save it as .docx or PDF.",
    ),
    "document_locked": (
        "Tệp này có mật khẩu hoặc bị khóa. Hãy lưu một bản không khóa rồi chọn lại.",
        "This file has a password or is locked. Save a copy without one and choose that.",
    ),
    "document_scanned": (
        "Tệp này chỉ có ảnh chụp, không có chữ để đọc. Hãy dùng bản gốc .docx hoặc gõ lại nội dung.",
        "This file holds only pictures of pages and no text. Use the original .docx or type the text.",
    ),
    "document_broken": (
        "Tệp bị hỏng nên không đọc được chữ bên trong. Hãy lưu lại rồi chọn lại, hoặc dán chữ vào ô soạn.",
        "This file is damaged and the text inside cannot be read. Save it again, or paste its text.",
    ),
    "document_too_long": (
        f"Văn bản dài hơn {MAX_DOCUMENT} ký tự hoặc {MAX_PAGES} trang. Hãy chọn phần cần đọc rồi dán vào ô soạn.",
        f"The document is longer than {MAX_DOCUMENT} characters or {MAX_PAGES} pages. Paste the part to be read.",
    ),
    "document_font": (
        "Văn bản dùng phông chữ kiểu cũ (TCVN3 hoặc VNI). Hãy chuyển sang Unicode rồi chọn lại.",
        "The document is written in an old font (TCVN3 or VNI). Convert it to Unicode and choose it again.",
    ),
    "text_empty": ("Chưa có chữ nào để đọc.", "There is no text to speak."),
    "text_too_long": (
        f"Văn bản dài hơn {MAX_TEXT} ký tự. Hãy chia thành nhiều thông báo.",
        f"The text is longer than {MAX_TEXT} characters. Split it into several announcements.",
    ),
    "lexicon_written": (
        "Chữ viết cần 1 đến 200 ký tự, bắt đầu bằng chữ cái hoặc chữ số; không có ký tự ẩn và dấu như < > [ ] | =.",
        "What is written needs 1 to 200 characters, begins with a letter or a digit, and has no invisible characters "
        "and no signs such as < > [ ] | =.",
    ),
    "lexicon_said": (
        "Lời đọc cần 1 đến 200 ký tự, chỉ gồm chữ, số, dấu cách và dấu phẩy, viết ra như khi nói.",
        "What is said needs 1 to 200 characters, only letters, digits, spaces and commas, written as it is spoken.",
    ),
    "speech_unavailable": (
        "Không có giọng đọc nào đọc được văn bản này. Hãy thử lại hoặc ghi âm trực tiếp.",
        "No voice could speak this text. Try again or record it yourself.",
    ),
}


class Refusal(Exception):
    """We say no, and why: a stable `code` of the catalogue and one sentence each in Vietnamese and English."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.vi, self.en = _SENTENCES[code]
        self.detail = detail
        """For the log, never for the screen: what the tool said."""
        super().__init__(f"{code}: {detail}" if detail else code)
