using System.Security.Cryptography;

namespace Xopc.Agents.Models;

/// <summary>Which providers and models there are. Reading costs one volatile read; a change of <c>models.json</c> or of a local Ollama swaps the whole.</summary>
internal sealed partial class ModelCatalog
{
    private readonly string _path;
    private readonly CatalogBuilder _builder;
    private readonly ILogger<ModelCatalog> _log;
    private readonly CatalogSecrets? _secrets;
    private readonly Lock _gate = new();
    private byte[] _hash = [];
    private ModelsFile _file = ModelsFile.Empty;
    private OllamaOffer? _ollama;
    private volatile CatalogSnapshot _current;

    /// <param name="path">Where <c>models.json</c> lies or would lie.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="secrets">Learns the keys in use; null where nothing is logged anywhere.</param>
    public ModelCatalog(string path, Func<string, string?> environment, ILogger<ModelCatalog> log, CatalogSecrets? secrets = null)
    {
        (_path, _log, _secrets) = (path, log, secrets);
        _builder = new CatalogBuilder(environment);
        _current = Build();
        Reload();
    }

    public CatalogSnapshot Current => _current;

    /// <summary>A running Ollama that is offered as provider <c>ollama</c>.</summary>
    public OllamaOffer? Ollama => Volatile.Read(ref _ollama);

    /// <summary>Why the file as it lies there is not in use; null when it is.</summary>
    public string? LoadError { get; private set; }

    /// <summary>Whether attached images may be sent along. Unknown models are taken at their provider's silence: no.</summary>
    public bool SupportsImages(ModelRef reference) => _current.Describe(reference).Vision;

    /// <summary>Reads the file again; true when something changed. A file with errors changes nothing: the last good one stays in use.</summary>
    public bool Reload()
    {
        lock (_gate)
        {
            var bytes = ReadBytes(out var error);
            var hash = SHA256.HashData(bytes);
            if (error is null && LoadError is null && hash.AsSpan().SequenceEqual(_hash))
            {
                return false;
            }

            return error is null ? Apply(bytes, hash) : Refuse(error, []);
        }
    }

    /// <summary>Offers a detected Ollama, or stops offering it.</summary>
    public void Offer(OllamaOffer? ollama)
    {
        lock (_gate)
        {
            if (Equals(ollama, _ollama))
            {
                return;
            }

            Volatile.Write(ref _ollama, ollama);
            _current = Build();
        }

        if (ollama is null)
        {
            LogOllamaGone();
        }
        else
        {
            LogOllamaDetected(ollama.BaseUrl, ollama.Models.Count);
        }
    }

    private bool Apply(byte[] bytes, byte[] hash)
    {
        if (hash.AsSpan().SequenceEqual(_hash))
        {
            return false;
        }

        _hash = hash;
        var file = bytes.Length == 0 ? ModelsFile.Empty : ModelsFileReader.Read(bytes);
        foreach (var warning in file.Problems.Where(problem => problem.IsWarning))
        {
            LogModelsFileWarning(_path, warning.Path, warning.Message);
        }

        if (!file.IsValid)
        {
            return Refuse(string.Join("; ", file.Problems.Where(problem => !problem.IsWarning)), hash);
        }

        (_file, LoadError) = (file, null);
        _current = Build();
        if (bytes.Length > 0)
        {
            LogModelsFileApplied(_path, file.Providers.Count);
        }

        return true;
    }

    // Known as secrets before anything can be called with them.
    private CatalogSnapshot Build()
    {
        var snapshot = _builder.Build(_file, _ollama);
        _secrets?.Follow(snapshot);
        return snapshot;
    }

    private bool Refuse(string error, byte[] hash)
    {
        if (error != LoadError)
        {
            LogModelsFileRefused(_path, error);
        }

        (_hash, LoadError) = (hash, error);
        return false;
    }

    private byte[] ReadBytes(out string? error)
    {
        error = null;
        try
        {
            var info = new FileInfo(_path);
            if (!info.Exists)
            {
                return [];
            }

            if (info.Length <= ModelsFileReader.MaxBytes)
            {
                return File.ReadAllBytes(_path);
            }

            error = $"the file is larger than {ModelsFileReader.MaxBytes} bytes";
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            error = "the file cannot be read: " + ex.Message;
        }

        return [];
    }

    [LoggerMessage(LogLevel.Information, "{Path} is in use with {Providers} providers.")]
    private partial void LogModelsFileApplied(string path, int providers);

    [LoggerMessage(LogLevel.Error, "{Path} is not used: {Problems}")]
    private partial void LogModelsFileRefused(string path, string problems);

    [LoggerMessage(LogLevel.Warning, "{Path}, {Where}: {Problem}")]
    private partial void LogModelsFileWarning(string path, string where, string problem);

    [LoggerMessage(LogLevel.Information, "An Ollama runs at {Address} and offers {Models} models.")]
    private partial void LogOllamaDetected(Uri address, int models);

    [LoggerMessage(LogLevel.Information, "The local Ollama is gone.")]
    private partial void LogOllamaGone();
}
