namespace Xopc.Configuration;

/// <summary>The running configuration: the last valid one, swapped whole on reload. Reading <see cref="Current"/> costs one volatile read.</summary>
public sealed class ConfigStore
{
    public XopcConfig Current => throw new NotImplementedException();

    /// <summary>SHA-256 (hex) of the file's bytes as applied; the API's ETag. Of an absent file: the hash of nothing.</summary>
    public string Hash => throw new NotImplementedException();

    /// <summary>Calls back after a swap, with the paths that changed. Handlers are quick and do not throw.</summary>
    public IDisposable OnChange(Action<ConfigChange> handler) => throw new NotImplementedException();
}

/// <summary>A swap of the running configuration.</summary>
/// <param name="Paths">Changed leaf paths, dotted.</param>
/// <param name="RestartPaths">Those of them that take effect only after a restart.</param>
public sealed record ConfigChange(XopcConfig Before, XopcConfig After, IReadOnlyList<string> Paths, IReadOnlyList<string> RestartPaths);
