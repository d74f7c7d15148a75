@echo off
chcp 65001 >nul
rem 启动有据。放在程序文件夹里双击即可；开机自动启动：把它的快捷方式放进 shell:startup。
setlocal
cd /d "%~dp0.."
set "PYTHONUTF8=1"
if not exist ".venv\Scripts\youju.exe" (
  echo 还没有安装。请先在本文件夹运行：python -m venv .venv 和 .venv\Scripts\pip install -c constraints.txt -e .
  pause
  exit /b 1
)
".venv\Scripts\youju.exe" serve %*
set "code=%errorlevel%"
if not "%code%"=="0" pause
exit /b %code%
