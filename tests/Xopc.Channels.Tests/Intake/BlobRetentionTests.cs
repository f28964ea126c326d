using Xopc.Channels.Intake;
using Xopc.Configuration;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Intake;

public sealed class BlobRetentionTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly TempDirectory _home = new();
    private readonly StatePaths _paths;

    public BlobRetentionTests()
    {
        _paths = StatePaths.Resolve(name => name is "XOPC_STATE_DIR" or "HOME" ? _home.Path : null);
        Directory.CreateDirectory(_paths.BlobsDirectory);
    }

    [Fact]
    public async Task What_is_too_old_goes_and_what_was_never_finished()
    {
        Put("old", days: 31);
        Put("young", days: 29);
        Put("half.tmp", days: 2);
        Put("half-now.tmp", days: 0);

        Assert.Equal(["half-now.tmp", "young"], await KeptAsync(long.MaxValue));
    }

    [Fact]
    public async Task Of_too_many_the_oldest_go_and_none_of_today()
    {
        Put("d4", days: 4);
        Put("d3", days: 3);
        Put("d2", days: 2);
        Put("today", days: 0);
        Put("today too", days: 0);

        Assert.Equal(["d2", "today", "today too"], await KeptAsync(3 * 10));
        Assert.Equal(["today", "today too"], await KeptAsync(10));
    }

    public void Dispose() => _home.Dispose();

    private void Put(string name, int days)
    {
        var path = Path.Combine(_paths.BlobsDirectory, name);
        File.WriteAllText(path, "0123456789");
        File.SetLastWriteTimeUtc(path, (Now - TimeSpan.FromDays(days)).UtcDateTime);
    }

    private async Task<IEnumerable<string>> KeptAsync(long maxBytes)
    {
        await new BlobRetention(_paths) { MaxBytes = maxBytes }.RemoveAsync(null!, Now, TestContext.Current.CancellationToken);
        return new DirectoryInfo(_paths.BlobsDirectory).EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal);
    }
}
