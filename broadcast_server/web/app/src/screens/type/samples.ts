/** Announcements that every commune makes, with blanks in brackets. They are read by a Vietnamese voice in any language. */
export const SAMPLES = {
  meeting:
    "Kính mời bà con [thôn] đến họp tại [địa điểm], lúc [giờ], ngày [ngày]. Nội dung: [nội dung]. " +
    "Đề nghị mỗi hộ cử một người đến dự đầy đủ, đúng giờ. Trân trọng cảm ơn bà con.",
  vaccination:
    "Trạm Y tế xã thông báo lịch tiêm phòng [loại vắc xin] cho [đối tượng]. Thời gian: từ [giờ] đến [giờ], ngày [ngày], " +
    "tại [địa điểm]. Bà con nhớ mang theo sổ tiêm chủng và đến đúng giờ. Xin cảm ơn.",
  power:
    "Điện lực thông báo: ngày [ngày], từ [giờ] đến [giờ], tạm ngừng cấp điện tại [nơi cúp điện] để [lý do]. " +
    "Đề nghị bà con chủ động công việc, tắt các thiết bị điện để bảo đảm an toàn. Mong bà con thông cảm.",
  fee:
    "Thông báo về việc thu [khoản thu]. Mức thu: [số tiền] mỗi hộ. Thời gian thu: từ ngày [ngày] đến ngày [ngày], " +
    "tại [địa điểm]. Đề nghị bà con nộp đầy đủ, đúng hạn. Xin cảm ơn.",
  missing:
    "Thông báo tìm người. [Họ tên], [tuổi] tuổi, mặc [quần áo], đi khỏi [nơi] từ lúc [giờ], ngày [ngày], đến nay chưa về. " +
    "Ai nhìn thấy, xin báo ngay cho công an xã hoặc gọi số [số điện thoại]. Gia đình xin cảm ơn.",
} as const;
export type Sample = keyof typeof SAMPLES;
export const SAMPLE_NAMES = Object.keys(SAMPLES) as Sample[];
