using System.Runtime.InteropServices;

namespace Xopc.Load.Report;

/// <summary>The machine in words.</summary>
internal static class Machine
{
    public static string Describe() =>
        $"{Environment.ProcessorCount} CPUs ({CpuModel()}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {RuntimeInformation.OSDescription}, "
        + $"SDK {Environment.GetEnvironmentVariable("XOPC_LOAD_SDK") ?? "unknown"}, {RuntimeInformation.FrameworkDescription}";

    public static string LoadAverage() => Lines("/proc/loadavg").FirstOrDefault()?.Split(' ')[0] ?? "?";

    public static IEnumerable<string> Lines(string path) => File.Exists(path) ? File.ReadLines(path) : [];

    private static string CpuModel() =>
        Lines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown model";
}
