using Xopc.Testing.Canaries;

namespace Xopc.Testing.Storage;

/// <summary>A directory that is deleted with everything in it.</summary>
public sealed class TempDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("xopc-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Leftovers.Delete(Path);
}
