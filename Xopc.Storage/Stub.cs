namespace Xopc.Storage;

public static class StubX
{
    public static void AddXopcDatabase<T>(this T b, string n, Migrations.MigrationSeries s)
        where T : Microsoft.Extensions.Hosting.IHostApplicationBuilder
    {
    }
}
