namespace Xopc.Configuration.Tests;

public sealed class DirectorySyncTests
{
    [Fact]
    public void A_directory_is_synced_and_one_that_is_not_there_is_an_error()
    {
        using var home = new Home();
        var directory = Directory.CreateDirectory(Path.Combine(home.Root, "ä b"));

        DirectorySync.Sync(directory.FullName);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Throws<IOException>(() => DirectorySync.Sync(Path.Combine(directory.FullName, "missing")));
        }
    }
}
