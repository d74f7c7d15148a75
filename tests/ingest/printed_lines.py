"""Lines of Chinese print as pictures, so that tests of recognition need no font on the machine.

Each was drawn once in Noto Sans CJK at 28 pixels; `page` puts them on a white page.
"""

import base64
import io

from PIL import Image

TITLE = "关于规范测试文件管理的通知"
TITLE_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAXAAAAAoAQAAAADPyJy8AAAC3ElEQVR42u2VsW8cRRTGfzN3nFeR5VukSLElw16oUlJQJJJ1u0jU/AFUDhXlIY"
    "o0xjsbXUGBhEuKiHMkCgqa/AN4z7hIdyeEqJDYdSKdCxTtGiP2zOw+ilnbwUhIVAiJad7Tmzfffu+bb7RK+CdL83/7v9Oe1gBEUBNZmMMjasO5"
    "mNrMAdh/ClADmswCIGoA/Jr7zKnQQAYGSBT7HqnSDr1QJC7vqulqVFPRg5SqAPWkrxyLbYBkoIkqV4gNoPspm3TaqSxAsAMwkmMLaCpNvGjKI7"
    "ASqhTWABVBynL2qFxAefTEv3v8NSowmjtnDt2FGm7QyVXinflo9k0ryeatPQBdv7oxAPpbl2J11X0DZMcPCQ4N+bhTTNKbPZaTP+v+jLTNgtBW"
    "GFb9dtABns41oDtNnLVNXyXdMwCZmMySDneXOvEJdnBPqLh2q+/BCxAPMArz0k4Ew52b19rX+8WttqmoCCKUiNm43PYu2tWGyo+gBz2DyoBIC4"
    "By3JUv3uE4v/8XiymABKpCvW3owWiRj2s/urRYqRNfFhJsweDq2KCLAULb0lTZcCeYQPcl6A/a+OBzVr9fl/bDuwed4srAfRsWgABbtJJFNE8B"
    "mLZoDRyOWyM52bOGt/Av5FvZQzXxpZbeHGAEXawrlqPXmyteXTdHmMLDKQDDIRVod1sQgWAbc/251QA9ZzPQLO8CNOsZNeC/CQjWMZyqyO6G7U"
    "F5F7qcbgLw6Q8nNxD7ikY+/u7e+xcqcbtukyM80Hy55tjOOYXERpz/PODY+TkUWYPahx+53UhuNJ+sGKD2DM+B823UY8M7r12gj1z4ZvqFHQNV"
    "YANZSGnvLT6b2V+ezWbfBlkVVMGiiSWUsIGPRILNWD6UyUSfbHeKesCpPbizV3Z5LtFq5p9s907cqA47D95I1ClAKTKzK/Lb0gYHmfr9pxeByL"
    "IUmS2aWCAUEZEijlMeiAjydyu8XlD/4X/TH1XiWiBlX0h8AAAAAElFTkSuQmCC"
)
ARTICLE = "第一条为了规范文件的管理，制定本办法。"
ARTICLE_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAhgAAAAoAQAAAACUGr45AAADt0lEQVR42u2WPW8jVRSGn3s92LOQ2AZFSiJFyiDSgkKXIsjDioKOP4BE6KBiWV"
    "HsSmzmThRBt6RbihXrgoIWKmg2Y6AIElL8A0Bylkh2ObZTjLPXcyjujHeCBELaNqeZj3Pu6/e852OshOc2zTXGNcZ/YEh4AsAEOALgAuhfwAl0"
    "R1zOzdz0y/A5c+YGRnAJAzGOR+iXGKMi8MyRCyCHSwwGiBVA/wr17woeeTz2Af7UWJgpFQLjN5fbWIhckPq+pdxdQreSxO5Cj8R5hSYAAxpZGR"
    "QAYAE2Pwdow1jH7cL9RoFhTx9mAF+N8aEhNlgOaZ1OU1bAwvKump0+HA9d+LlXFfPFAmNGYADJJi5RG0IIiLqhorcLrl1TnDJQE0mAcUPjHRwA"
    "6MmqBrh8/xwPYGamSfk7uawHnZll82fD2SHArnUCrasKHW+DHkB2/5sdxe2cSRPIt2G61H/9M0CzJOWJyrJpzYB9AdBzV4mXGq45+Bbg6V0V5i"
    "S2NhyQMtNx22mqwgJrS4rMqn3qAfIoQ74GqHfBp52VntLkULOk1LZ7Oi7qrGu5a4LRqFJOZQTB6AuXvYhZv9LdEhq5Q/zRP+bltZ/cNZTlEPbA"
    "I0gBXgZV6qFsDnkEmhwGe+W86FiUUp8ubftlfoVFrKxBz6MOt4auLmXBTMIBZlXHVR7pJ/d9VgDUNGFSmSRt6NgqdghWDWDRzTrPo56IPDAqpV"
    "6+bRhQj+Fs3e8o1y77HYBDp7DCWEhVJlXVfQGpOUoeXgL88YsUA9TzrnyFYm6TqrQZ2quaznUcEhqAnEEtHMPHsDnM4F51UtNiUexkHuSqwNBx"
    "UCqlMwBZrbMH3Fyc7Agc9CQsejUy52xMBmRZ1p+ZZzxqeZQUdfGAtLUYGvbcAoPB4umE5oavA62ZdUHX0sjgtp9VBuDJvttXjxcoPRVap6nTh3"
    "h9lYS19GKtnoBm4jz9nJljdSOJjCGVB9V2efVZb6RIgGeOwBvYNAXNuXN1GyUabyEBWb6VAPSAjkgTVIH5I+q94SQCRn7bafouBpiHninQ+nfI"
    "Q7i42a/wuFVcj7AbYFB5kJL81gTwZHscANaYpL2TLgFmC3vI6Ie4BtBJJnVQkcYke/AOyq1dG0L7Q9oZ6Imr2AsTxdE84AAJfn9yF9X5gg8MgL"
    "xCT5ULKNz5NfNjH8jubWG+tJchMMsjERFJRY5tQxKR6FHvac7mptg8GopIQ6AjIjYSsdL7S2jJUKa2Jcdis0gE+R/WERER+29udf1/7Ir9DS5E"
    "0tuXUz2WAAAAAElFTkSuQmCC"
)
PLACES = "全校共有学位一千零八十个"
PLACES_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAVQAAAAoAQAAAACJfj8WAAACYklEQVR42u2Vv27UQBDGf7NncpbIH0tIcImC4gegIBJFCiQckQI6HoFIFGmQAq"
    "LGa5Ao4cqUFHkASiripLqOI0hUFE4UkZMI0l24wodsL4W9ziVEKDViq92Zb2a+GX+7FsNF10Bx8fUfez7W/BVrNL1c0x3CW8xzHeR55evVCTSk"
    "oCjiOruGHRNkaADy+VwksPgjUGQJSAyAj/ABqSKd+TKkPCWgGK0DAYBsC6votHRGkjSKMM5faJva4XgJoogHpT5W8Q4qDt8YeLR/VMAvt1EczN"
    "u4IjQAfSUAITSKMLbOl6DoTDMbmieLU14BDWNi5/Skqkb9AEW7CcfdMXNi7JCNu23JZncTVO47waFqzXz82c9Kc10WSe9Y7GhtHTUMGt2sP1n6"
    "XERBd1gBJuFmtd3lFmoQSZocTACkpVfTtxwuLeuqzgrXUVdhrXANwMAkmH3jtxzAyKxE2ZbOhIGKmi1aWrlF2HbeH1WfBjYlgD0RFyCPkZKdz4"
    "RWAFs3GgAdwGxU0xBzaPQwAZKZIkxjpFSNihOAN+KDD7BgTArw+VE9Satf/5W7tzjV9LHKsL3dfxykZ7QeEQOybJKBijwyK9z9p687qp4KDgpo"
    "eAsGflU276jaXIl0Z6ySAkxQc5opwv5J0csSvRuSnmCLUKN8ej2M+OddM/+EA6CLhGTuT5SYUbPTysY5CNk6964hJinju9bb/06H6dN3frRkPK"
    "eeo1sn/rRJ++z7sDtXPFRWi0ZWbdjShvFp2pMaqMhjZeaZli65z84pws2ebanujY3JCNooFzQy9vZ8lYCGNrbVf/cf8BsEft/vQ0ww/QAAAABJ"
    "RU5ErkJggg=="
)
PICTURES = {TITLE: TITLE_PNG, ARTICLE: ARTICLE_PNG, PLACES: PLACES_PNG}


def picture(line: str) -> Image.Image:
    """One of the lines above, black on white."""
    return Image.open(io.BytesIO(base64.b64decode(PICTURES[line]))).convert("RGB")


def page(*lines: tuple[str, int, int], size: tuple[int, int] = (800, 600)) -> Image.Image:
    """A white page with the lines at their places (left, top)."""
    sheet = Image.new("RGB", size, "white")
    for line, left, top in lines:
        sheet.paste(picture(line), (left, top))
    return sheet


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()
