using System.ComponentModel;
using System.Diagnostics;

namespace Xopc.Cli.Terminal;

/// <summary>The person's browser.</summary>
internal static class Browser
{
    /// <summary>Asks the system to open an address; false where there is no display, or nothing that could show it.</summary>
    public static bool TryOpen(Uri url, Func<string, string?> environment)
    {
        if (OperatingSystem.IsLinux() && string.IsNullOrEmpty(environment("DISPLAY")) && string.IsNullOrEmpty(environment("WAYLAND_DISPLAY")))
        {
            return false;
        }

        try
        {
            var start = OperatingSystem.IsWindows()
                ? new ProcessStartInfo(url.AbsoluteUri) { UseShellExecute = true }
                : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open", [url.AbsoluteUri]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start);
            return true;
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            return false;
        }
    }
}
