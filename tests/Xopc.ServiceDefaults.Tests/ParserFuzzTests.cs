using System.Text.Json.Serialization;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Logging;
using Xopc.ServiceDefaults.Redaction;
using Xopc.ServiceDefaults.Trust;
using Xopc.Testing.Fuzzing;

namespace Xopc.ServiceDefaults.Tests;

/// <summary>Random bytes through what every service reads.</summary>
public sealed partial class ParserFuzzTests
{
    [Fact]
    public void Bodies()
    {
        var count = Fuzz.Parse(
            bytes => ApiJsonParser.Parse(bytes, Json.Default.Sample, 32),
            ["""{"name":"x","count":3,"parts":[{"a":1.5},{"a":null}],"when":"2026-01-01T00:00:00Z"}""", """{"name":"\u00e9\ud83d\ude00","inner":{"name":"y"}}"""], 4096, typeof(ApiException));
        Assert.True(count.Taken > 0 && count.Refused > 0);
    }

    [Fact]
    public void Signed_principals()
    {
        using var directory = new TemporaryDirectory();
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        var keys = InstallationKeys.LoadOrCreate(directory.Path, clock);
        var good = SignedPrincipal.Create(keys, "GET", "/api/x", Principal.Operator, clock.GetUtcNow());
        var verifier = new PrincipalVerifier(keys, clock);
        var believed = 0;

        Fuzz.Text(
            text =>
            {
                if (verifier.Verify(text, "GET", "/api/x", out _) is SignatureFault.None)
                {
                    Assert.Equal(good, text); // damage is never believed
                    believed++;
                }
            },
            [good, "v1.1767225600000.3q2-7wAAAAAAAAAAAAAAAA.e30.pJ0u", "v1....", "v2." + good[3..]], 512);

        Assert.Equal(1, believed);
    }

    [Fact]
    public void The_file_of_the_installations_keys()
    {
        using var directory = new TemporaryDirectory();
        var file = System.IO.Path.Combine(directory.Path, InstallationKeys.FileName);
        var key = System.Buffers.Text.Base64Url.EncodeToString(new byte[32]);
        var count = Fuzz.Parse(
            bytes =>
            {
                File.WriteAllBytes(file, bytes);
                Assert.All(InstallationKeys.LoadOrCreate(directory.Path, TimeProvider.System).Verifying, read => Assert.Equal(32, read.Length));
            },
            [key + "\n", key + "\n" + key + "\n"], 1024, typeof(InvalidOperationException));
        Assert.True(count is { Taken: > 0, Refused: > 0 });
    }

    [Fact]
    public void Levels_of_logs() => Fuzz.Text(text => Assert.True(LogLevels.TryParse(text, out var level) || level is Microsoft.Extensions.Logging.LogLevel.Information), ["trace", " WARN ", "critical"]);

    [Fact]
    public void Texts_that_are_redacted()
    {
        var secrets = new SecretRegistry();
        secrets.Register("a-secret-of-some-length");
        var redactor = new Redactor(secrets);
        Fuzz.Text(
            text => Assert.DoesNotContain("a-secret-of-some-length", redactor.Redact(text), StringComparison.Ordinal),
            ["Bearer a-secret-of-some-length and more", "https://u:p@host/?token=abc&x=a-secret-of-some-length", "sk-proj-0123456789abcdefghijklmn", "123456789:AAEhBP0av28abcdefghijklmnopqrstuvwx"], 2048);
    }

    internal sealed record Part(double? A);

    internal sealed record Sample(string? Name, int? Count, IReadOnlyList<Part>? Parts, DateTimeOffset? When, Sample? Inner);

    [JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Sample))]
    internal sealed partial class Json : JsonSerializerContext;
}
