using System.Runtime.InteropServices;

namespace Xopc.Testing.Fuzzing;

/// <summary>What this thread alone has computed: waiting, other tests and a busy machine are not in it.</summary>
internal static class ThreadTime
{
    private const int ThreadCpuClock = 3; // CLOCK_THREAD_CPUTIME_ID

    /// <summary>Null where the system does not tell.</summary>
    public static TimeSpan? Spent => OperatingSystem.IsLinux() && Read(ThreadCpuClock, out var spent) == 0
        ? TimeSpan.FromSeconds(spent.Seconds) + TimeSpan.FromMicroseconds(spent.Nanoseconds / 1000)
        : null;

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Read(int clock, out Instant instant);

    [StructLayout(LayoutKind.Sequential)]
    private struct Instant
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
