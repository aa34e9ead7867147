import { defineConfig } from '../../src/infra/config.ts';

/**
 * What a snapshot of the annotation tool consists of: the files, headers and arrays that its users know. The database's
 * URL comes from the environment: `WAYBILL_DATABASE_ANNOTATIONS`.
 */
export default defineConfig({
  databases: {
    annotations: {
      snapshot: {
        csv: {
          'projects.csv': {
            columns: {
              project_id: 'id',
              project_name: 'name',
              dataset_count: { count: 'datasets' },
              image_count: { count: 'images' },
              created_at: 'created_at',
            },
          },
          'datasets.csv': {
            columns: {
              dataset_id: 'id',
              dataset_name: 'name',
              project_id: 'project_id',
              description: 'description',
              image_count: { count: 'images' },
              train_count: { count: 'images', where: { split: 'train' } },
              val_count: { count: 'images', where: { split: 'val' } },
              test_count: { count: 'images', where: { split: 'test' } },
              created_at: 'created_at',
              updated_at: 'updated_at',
            },
          },
          'images.csv': {
            columns: {
              image_id: 'id',
              filename: 'filename',
              file_path: 'file_path',
              dataset_id: 'dataset_id',
              width: 'width',
              height: 'height',
              file_size: 'file_size',
              split: 'split',
              annotation_count: { count: 'annotations' },
              labeling_status: 'labeling_status',
              created_at: 'created_at',
            },
          },
        },
        document: {
          projects: {
            columns: {
              id: 'id',
              name: 'name',
              description: 'description',
              created_at: 'created_at',
              updated_at: 'updated_at',
              dataset_count: { count: 'datasets' },
              image_count: { count: 'images' },
            },
            children: {
              labels: { columns: { id: 'id', name: 'name', color: 'color' } },
              datasets: {
                columns: {
                  id: 'id',
                  name: 'name',
                  description: 'description',
                  image_count: { count: 'images' },
                  images_by_split: { count: 'images', by: 'split' },
                  created_at: 'created_at',
                  updated_at: 'updated_at',
                },
                children: {
                  images: {
                    columns: {
                      id: 'id',
                      filename: 'filename',
                      file_path: 'file_path',
                      width: 'width',
                      height: 'height',
                      file_size: 'file_size',
                      split: 'split',
                      annotation_count: { count: 'annotations' },
                      labeling_status: 'labeling_status',
                      created_at: 'created_at',
                    },
                    children: {
                      annotations: {
                        columns: { id: 'id', type: 'type', label_id: 'label_id', geometry: 'geometry', confidence: 'confidence', created_at: 'created_at' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        totals: ['projects', 'datasets', 'images'],
      },
    },
  },
});
