using Xopc.Testing.Canaries;

namespace Xopc.ServiceDefaults.Tests;

internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("xopc-defaults-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string[] Logs() => [.. Directory.GetFiles(Path, "*.log").Select(f => System.IO.Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Leftovers.Delete(Path);
}
